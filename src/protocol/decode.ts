import {
  BDOOR_CMD_MESSAGE,
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_CMD_MESSAGE,
  BDOORHB_PORT,
  GUESTMSG_FLAG_COOKIE,
  MESSAGE_STEPS,
  MESSAGE_TYPE_OPEN,
  MESSAGE_TYPE_RECVPAYLOAD,
  MESSAGE_TYPE_RECVSTATUS,
  MESSAGE_TYPE_SENDPAYLOAD,
  MESSAGE_TYPE_SENDSIZE,
  type MessageStep,
  type Protocol,
  RPCI_PROTOCOL_NUM,
  TCLO_PROTOCOL_NUM,
} from './constants.ts';
import type { PortAccess } from './port.ts';
import type { RegisterFrame } from './registers.ts';

/** The registers that say what a call is. */
export type CallRegisters = Readonly<Pick<RegisterFrame, 'eax' | 'ebx' | 'ecx' | 'edx' | 'esi' | 'edi' | 'ebp'>>;

/** As much of a port access as the decoder looks at: a `PortAccess` is one, and so is the record of one in a trace. */
export type CallView = Readonly<Pick<PortAccess, 'port' | 'width' | 'direction' | 'string' | 'count' | 'data'>> & {
  readonly registers: CallRegisters;
};

/** `low`: port 0x5658, four bytes a step. `high`: string I/O on port 0x5659, a whole message a step. */
export type CallForm = 'low' | 'high';

/** One step of a message conversation. A field that the step does not have is 0, false, null or empty. */
export interface MessageCall {
  readonly kind: 'message';
  readonly step: MessageStep;
  readonly form: CallForm;
  /** The command: `BDOOR_CMD_MESSAGE`, in the high form `BDOORHB_CMD_MESSAGE`. */
  readonly number: number;
  /** The number of the step, in the high form too. */
  readonly subCommand: number;
  /** Null at OPEN. */
  readonly channel: number | null;
  readonly cookieHigh: number;
  readonly cookieLow: number;
  /** OPEN: the protocol, null where none has that number; the number without its flag; whether it asks for cookies. */
  readonly protocol: Protocol | null;
  readonly protocolNumber: number;
  readonly cookies: boolean;
  /** SENDSIZE: the bytes announced. Payload steps: the bytes sent or asked for, 4 in the low form. */
  readonly length: number;
  /** Payload to the host. Of the four bytes of the low form only those count that are still to come. */
  readonly data: Uint8Array;
  /** What the guest says of its own side, as `MESSAGE_STATUS_*`: in RECVPAYLOAD, RECVSTATUS and the high form. */
  readonly status: number;
}

/** Any other command of port 0x5658; unknown sub commands of the message command, too. */
export interface CommandCall {
  readonly kind: 'command';
  readonly number: number;
  readonly subCommand: number;
}

/** A port of the backdoor: without the magic, in a form that the port does not have, or no message on port 0x5659. */
export interface MissedCall {
  readonly kind: 'missed';
  readonly why: 'noMagic' | 'wrongForm' | 'notAMessage';
}

/** What an access is, as its registers say. */
export type DecodedCall = MessageCall | CommandCall | MissedCall | { readonly kind: 'port' };

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const EMPTY = new Uint8Array(0);
const OTHER_PORT: DecodedCall = { kind: 'port' };
const NO_MAGIC: MissedCall = { kind: 'missed', why: 'noMagic' };
const WRONG_FORM: MissedCall = { kind: 'missed', why: 'wrongForm' };
const NOT_A_MESSAGE: MissedCall = { kind: 'missed', why: 'notAMessage' };

const protocolOf = (number: number): Protocol | null =>
  number === RPCI_PROTOCOL_NUM ? 'rpci' : number === TCLO_PROTOCOL_NUM ? 'tclo' : null;

const newMessage = (form: CallForm, number: number): Writable<MessageCall> => ({
  kind: 'message',
  step: 'open',
  form,
  number,
  subCommand: 0,
  channel: null,
  cookieHigh: 0,
  cookieLow: 0,
  protocol: null,
  protocolNumber: 0,
  cookies: false,
  length: 0,
  data: EMPTY,
  status: 0,
});

/**
 * Turns a port access into a typed call. It makes no object a call: what it returns is valid until the next one, and
 * {@link decodeCall} makes one to keep. Source of the registers: open-vm-tools `message.c`, `backdoor_def.h`.
 */
export class CallDecoder {
  // One shape for all steps, so that those who read it stay fast.
  readonly #lowCall: Writable<MessageCall> = newMessage('low', BDOOR_CMD_MESSAGE);
  readonly #highCall: Writable<MessageCall> = newMessage('high', BDOORHB_CMD_MESSAGE);
  readonly #command: Writable<CommandCall> = { kind: 'command', number: 0, subCommand: 0 };
  readonly #word: Uint8Array = new Uint8Array(4);

  decode(access: CallView): DecodedCall {
    const { port, registers, string } = access;
    if (port !== BDOOR_PORT && port !== BDOORHB_PORT) return OTHER_PORT;
    if (registers.eax !== BDOOR_MAGIC) return NO_MAGIC;
    if (string !== (port === BDOORHB_PORT)) return WRONG_FORM;
    if (!string) return this.low(registers);
    if (access.direction === 'out') return this.highOut(registers, access.data);
    return this.highIn(registers, access.count * access.width);
  }

  /** A call on port 0x5658, the magic seen. */
  low(registers: CallRegisters): MessageCall | CommandCall {
    const { ecx } = registers;
    const number = ecx & 0xffff;
    const subCommand = ecx >>> 16;
    const step = number === BDOOR_CMD_MESSAGE ? MESSAGE_STEPS[subCommand] : undefined;
    if (step === undefined) {
      this.#command.number = number;
      this.#command.subCommand = subCommand;
      return this.#command;
    }
    const call = this.#lowCall;
    const argument = registers.ebx;
    call.step = step;
    call.subCommand = subCommand;
    call.cookieHigh = registers.esi;
    call.cookieLow = registers.edi;
    call.length = 0;
    call.status = 0;
    if (call.data !== EMPTY) call.data = EMPTY;
    if (subCommand === MESSAGE_TYPE_OPEN) return opening(call, argument);
    if (call.channel === null) closeOpening(call);
    call.channel = registers.edx >>> 16;
    if (subCommand === MESSAGE_TYPE_SENDSIZE) call.length = argument;
    else if (subCommand === MESSAGE_TYPE_SENDPAYLOAD) this.#payload(call, argument);
    else if (subCommand === MESSAGE_TYPE_RECVSTATUS) call.status = argument;
    else if (subCommand === MESSAGE_TYPE_RECVPAYLOAD) {
      call.status = argument;
      call.length = 4;
    }
    return call;
  }

  /** `rep outsb` to port 0x5659. @param data the bytes that left the guest. */
  highOut(registers: CallRegisters, data: Uint8Array): MessageCall | MissedCall {
    return this.#high(registers, 'send', data, data.length, registers.ebp, registers.edi);
  }

  /** `rep insb` from port 0x5659. @param length the bytes asked for. */
  highIn(registers: CallRegisters, length: number): MessageCall | MissedCall {
    return this.#high(registers, 'receive', EMPTY, length, registers.esi, registers.ebp);
  }

  #high(
    { ebx, edx }: CallRegisters,
    step: 'send' | 'receive',
    data: Uint8Array,
    length: number,
    cookieHigh: number,
    cookieLow: number,
  ): MessageCall | MissedCall {
    if ((ebx & 0xffff) !== BDOORHB_CMD_MESSAGE) return NOT_A_MESSAGE;
    const call = this.#highCall;
    call.step = step;
    call.subCommand = step === 'send' ? MESSAGE_TYPE_SENDPAYLOAD : MESSAGE_TYPE_RECVPAYLOAD;
    call.channel = edx >>> 16;
    call.cookieHigh = cookieHigh;
    call.cookieLow = cookieLow;
    call.data = data;
    call.length = length;
    call.status = ebx >>> 16;
    return call;
  }

  #payload(call: Writable<MessageCall>, argument: number): void {
    const word = this.#word;
    for (let at = 0; at < 4; at += 1) word[at] = argument >>> (8 * at);
    call.data = word;
    call.length = 4;
  }
}

function opening(call: Writable<MessageCall>, argument: number): MessageCall {
  const number = argument & ~GUESTMSG_FLAG_COOKIE;
  call.channel = null;
  call.protocol = protocolOf(number);
  call.protocolNumber = number;
  call.cookies = (argument & GUESTMSG_FLAG_COOKIE) !== 0;
  return call;
}

/** Takes what only OPEN has out of the call again. */
function closeOpening(call: Writable<MessageCall>): void {
  call.protocol = null;
  call.protocolNumber = 0;
  call.cookies = false;
}

/** The same as an object to keep, for a caller that decodes only now and then. */
export const decodeCall = (access: CallView): DecodedCall => new CallDecoder().decode(access);
