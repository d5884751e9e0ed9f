import {
  BDOOR_CMD_MESSAGE,
  MESSAGE_STEPS,
  type MessageStep,
  type Protocol,
  type RegisterFrame,
  RPCI_PROTOCOL_NUM,
  TCLO_PROTOCOL_NUM,
  textOf,
} from '../../protocol/index.ts';
import type { Channel } from './channel.ts';
import type { Channels } from './channels.ts';

/** What a call is, told before it is made: what faults are matched on and traces show. */
export interface HostCall {
  /** Null when the channel is not open, or the cookie is not its own. */
  readonly protocol: Protocol | null;
  readonly step: MessageStep;
  /** Null at OPEN. */
  readonly channel: number | null;
  /** RPCI: the request last sent, or being sent. TCLO: the message posted or being answered. */
  readonly command: string | null;
}

/** How the call reaches the host: port 0x5658, `rep outsb` or `rep insb` on port 0x5659. */
export type CallForm = 'low' | 'highOut' | 'highIn';

/** Where each form keeps the cookies' two halves. Source: open-vm-tools `message.c`. */
export const COOKIES: { readonly [F in CallForm]: readonly ['ebp' | 'esi', 'ebp' | 'edi'] } = {
  low: ['esi', 'edi'],
  highOut: ['ebp', 'edi'],
  highIn: ['esi', 'ebp'],
};

/** Describes a message call; null when the registers are none. `data`: the bytes of a `rep outsb`. */
export function describeCall(
  channels: Channels,
  registers: RegisterFrame,
  form: CallForm,
  data: Uint8Array | null,
): HostCall | null {
  const step = stepOf(registers, form);
  if (step === undefined) return null;
  if (step === 'open') {
    return { protocol: openProtocol(registers.ebx & 0x7fffffff), step, channel: null, command: null };
  }
  const id = registers.edx >>> 16;
  const channel = channels.slots[id] ?? null;
  const [high, low] = COOKIES[form];
  if (channel === null || !owns(channel, registers[high], registers[low])) {
    return { protocol: null, step, channel: id, command: null };
  }
  return { protocol: channel.protocol, step, channel: id, command: commandOf(channel, step, data) };
}

function stepOf(registers: RegisterFrame, form: CallForm): MessageStep | undefined {
  if (form === 'highOut') return 'send';
  if (form === 'highIn') return 'receive';
  const ecx = registers.ecx;
  return (ecx & 0xffff) === BDOOR_CMD_MESSAGE ? MESSAGE_STEPS[ecx >>> 16] : undefined;
}

/** Protocol of OPEN's number, the cookie flag taken off. */
const openProtocol = (number: number): Protocol | null =>
  number === RPCI_PROTOCOL_NUM ? 'rpci' : number === TCLO_PROTOCOL_NUM ? 'tclo' : null;

/** Whether the cookie is the channel's own, or the channel has none. */
export const owns = (channel: Channel, high: number, low: number): boolean =>
  !channel.checked || (channel.cookieHigh === high && channel.cookieLow === low);

function commandOf(channel: Channel, step: MessageStep, data: Uint8Array | null): string | null {
  const { tclo } = channel;
  if (tclo !== null) return (tclo.outstanding ?? tclo.posted)?.text ?? null;
  if (step === 'sendsize') return null;
  if (step !== 'send') return channel.command;
  if (data !== null) return textOf(data);
  return channel.incoming === null ? null : textOf(channel.incoming.subarray(0, channel.incomingAt));
}
