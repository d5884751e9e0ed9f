import { hex } from '../../hex.ts';
import {
  BDOOR_CMD_MESSAGE,
  BDOOR_MAGIC,
  BDOOR_MAX_COMMAND,
  BDOOR_PORT,
  BDOORHB_CMD_MESSAGE,
  BDOORHB_PORT,
  MESSAGE_STATUS_SUCCESS,
  MESSAGE_STEPS,
  type PortAccess,
  type RegisterFrame,
} from '../../protocol/index.ts';
import type { Channels } from '../channel/channels.ts';
import { type CookieForm, cookieViolation, type Slots } from './cookies.ts';
import { openViolation, stepViolation } from './steps.ts';
import { type PointerFacts, transferFaultViolation } from './transfer-fault.ts';
import { causeOf, halvesExchanged, type Violation } from './violation.ts';

export { nearMissViolation } from './near-miss.ts';
export type { PointerFacts } from './transfer-fault.ts';
export type { Violation } from './violation.ts';

/** What guests have wrong in their calls, as the host's channels tell it. It changes nothing. */
export class Conformity {
  readonly #channels: Pick<Channels, 'now'>;

  constructor(channels: Pick<Channels, 'now'>) {
    this.#channels = channels;
  }

  /**
   * What a call that is about to be made has wrong; null: nothing, or it is no backdoor call. The host's own reasons to
   * refuse (a broken channel, none left) are not the guest's errors.
   */
  violation(access: PortAccess): Violation | null {
    return violationOf(access, this.#channels.now);
  }

  /** The same of a transfer that met a page fault, from its registers; null: it was no transfer. */
  transferFault(direction: 'in' | 'out', registers: RegisterFrame, memory: PointerFacts): Violation | null {
    if (registers.eax !== BDOOR_MAGIC || (registers.edx & 0xffff) !== BDOORHB_PORT) return null;
    return transferFaultViolation(direction, registers, this.#channels.now, memory);
  }
}

function violationOf(access: PortAccess, slots: Slots): Violation | null {
  const { port, registers, string, width } = access;
  if (registers.eax !== BDOOR_MAGIC || string !== (port === BDOORHB_PORT)) return null;
  if (string) return transferViolation(access, slots);
  if (port !== BDOOR_PORT) return null;
  if (width !== 4) return narrow(width);
  const { ecx } = registers;
  if ((ecx & 0xffff) !== BDOOR_CMD_MESSAGE) return isRightCommand(ecx) ? null : unknownCommand(access);
  const step = MESSAGE_STEPS[ecx >>> 16];
  if (step === undefined) return unknownStep(ecx);
  if (step === 'open') return openViolation(access, slots);
  const cookie = cookieViolation('low', slots, registers);
  const channel = slots[registers.edx >>> 16];
  if (cookie !== null || channel === null || channel === undefined || channel.broken) return cookie;
  return stepViolation(step, channel, access);
}

/** String I/O with the direction flag set. */
export const BACKWARDS: Violation = {
  title: 'a transfer runs backwards: the direction flag is set',
  explanation: 'INS and OUTS go down from where ESI or EDI points when DF is 1; a cld is missing before the transfer.',
};

/** INS and OUTS on port 0x5659. */
function transferViolation(access: PortAccess, slots: Slots): Violation | null {
  const { registers, direction, width } = access;
  const form: CookieForm = direction === 'out' ? 'highOut' : 'highIn';
  if (width !== 1) {
    return {
      title: 'a transfer goes by words instead of bytes',
      explanation: `Each element has ${width} bytes, and ECX counts bytes: ${width} times as much is moved.`,
    };
  }
  const { ebx } = registers;
  if ((ebx & 0xffff) !== BDOORHB_CMD_MESSAGE || ((ebx >>> 16) & MESSAGE_STATUS_SUCCESS) === 0) {
    const cause = causeOf('ebx', ebx, MESSAGE_STATUS_SUCCESS << 16, registers);
    return {
      title: `EBX does not ask for a transfer of a message: ${cause}`,
      explanation: `EBX holds ${hex(ebx)}, a transfer has 0x10000 there (command 0, and that all is well so far): ${cause}.`,
    };
  }
  const cookie = cookieViolation(form, slots, registers);
  const channel = slots[registers.edx >>> 16];
  if (cookie !== null || channel === null || channel === undefined || channel.broken) return cookie;
  return stepViolation(direction === 'out' ? 'send' : 'receive', channel, access);
}

const narrow = (width: number): Violation => ({
  title: `a call is made by an IN or OUT of ${width} byte${width === 1 ? '' : 's'}`,
  explanation: 'A call has 32 bits: of the answer in EAX the processor takes no more than the operand has.',
});

/** Numbers up to the end of the public table may be commands of some version. */
const isCommand = (number: number): boolean => number > 0 && number < BDOOR_MAX_COMMAND;

/** A step in the low half and the command of messages in the high half are not another command. */
const isRightCommand = (ecx: number): boolean =>
  isCommand(ecx & 0xffff) && (ecx >>> 16 !== BDOOR_CMD_MESSAGE || (ecx & 0xffff) >= MESSAGE_STEPS.length);

/** A high half that goes with a command: of a message a step, else nothing in particular. */
const isPlain = (half: number): boolean => half < MESSAGE_STEPS.length || half === 0xffff;

const looksLikeCommand = (word: number): boolean => isCommand(word & 0xffff) && isPlain(word >>> 16);

function unknownCommand({ registers }: PortAccess): Violation {
  const { ebx, ecx } = registers;
  const cause = looksLikeCommand(halvesExchanged(ecx))
    ? 'its halves are exchanged'
    : looksLikeCommand(ebx)
      ? 'EBX looks like one, the two are exchanged'
      : 'it was not loaded';
  return {
    title: `ECX's low half is no command: ${cause}`,
    explanation: `ECX holds ${hex(ecx)}; a command is in the low half, from 1 to ${hex(BDOOR_MAX_COMMAND - 1)}: ${cause}.`,
  };
}

const unknownStep = (ecx: number): Violation => ({
  title: "ECX's high half is no step of a message",
  explanation: `ECX's high half holds ${hex(ecx >>> 16)}; the steps are 0 (OPEN) to ${MESSAGE_STEPS.length - 1} (CLOSE).`,
});
