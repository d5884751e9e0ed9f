import {
  BDOOR_CMD_MESSAGE,
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_CMD_MESSAGE,
  BDOORHB_PORT,
  MESSAGE_STATUS_SUCCESS,
  MESSAGE_STEPS,
  type MessageStep,
} from '../protocol/index.ts';
import type { AccessRecord, RegisterValues, Uint64 } from './format.ts';

// Where a register stands in RegisterValues.
export const RAX = 0;
export const RBX = 1;
export const RCX = 2;
export const RDX = 3;
export const RSI = 4;
export const RDI = 5;
export const RBP = 6;

/** The low 32 bits, unsigned. */
export const low = (value: Uint64): number =>
  typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : value > 0xffffffff ? value % 0x100000000 : value;

/** What an access was, as far as its registers tell. */
export type Call =
  | { readonly kind: 'message'; readonly step: MessageStep; readonly form: 'low' | 'high' }
  /** Another command of port 0x5658; unknown sub commands of the message command too. */
  | { readonly kind: 'command'; readonly number: number; readonly subCommand: number }
  /** A port of the backdoor, without the magic or in a form that it has not. */
  | { readonly kind: 'missed'; readonly why: 'noMagic' | 'wrongForm' | 'notAMessage' }
  | { readonly kind: 'port' };

/** Reads an access as the backdoor does. */
export function callOf(record: AccessRecord): Call {
  const [, , , port, , direction, , registers, , payload] = record;
  if (port !== BDOOR_PORT && port !== BDOORHB_PORT) return { kind: 'port' };
  if (low(registers[RAX]) !== BDOOR_MAGIC) return { kind: 'missed', why: 'noMagic' };
  const string = payload !== null;
  if (string !== (port === BDOORHB_PORT)) return { kind: 'missed', why: 'wrongForm' };
  const step = stepOf(port, direction, registers);
  if (step !== null) return { kind: 'message', step, form: string ? 'high' : 'low' };
  if (string) return { kind: 'missed', why: 'notAMessage' };
  const ecx = low(registers[RCX]);
  return { kind: 'command', number: ecx & 0xffff, subCommand: ecx >>> 16 };
}

function stepOf(port: number, direction: 'in' | 'out', registers: RegisterValues): MessageStep | null {
  if (port === BDOORHB_PORT) {
    if ((low(registers[RBX]) & 0xffff) !== BDOORHB_CMD_MESSAGE) return null;
    return direction === 'out' ? 'send' : 'receive';
  }
  const ecx = low(registers[RCX]);
  return (ecx & 0xffff) === BDOOR_CMD_MESSAGE ? (MESSAGE_STEPS[ecx >>> 16] ?? null) : null;
}

/** The channel of a message call: the one that OPEN gave, else the one that the guest named; null for other calls. */
export function channelOf(port: number, string: boolean, before: RegisterValues, after: RegisterValues): number | null {
  if (port !== BDOOR_PORT && port !== BDOORHB_PORT) return null;
  if (low(before[RAX]) !== BDOOR_MAGIC || string !== (port === BDOORHB_PORT)) return null;
  const step = stepOf(port, 'in', before);
  if (step === null) return null;
  if (step !== 'open') return low(before[RDX]) >>> 16;
  return ((low(after[RCX]) >>> 16) & MESSAGE_STATUS_SUCCESS) === 0 ? null : low(after[RDX]) >>> 16;
}
