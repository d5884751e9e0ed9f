import {
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_PORT,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_SUCCESS,
  type OutputRegister,
  type PortAccess,
} from '../protocol/index.ts';
import {
  type CallForm,
  COMMANDS,
  type HostCall,
  type HostFault,
  SUB_COMMANDS,
  type Violation,
  type VmwareHost,
} from '../tclo-host/index.ts';

/** What came of a port access, as those who judge a run see it. */
export interface AccessFact {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly pc: bigint;
  readonly port: number;
  /** The backdoor command; null where the access was no backdoor call. */
  readonly command: number | null;
  /** What the call was, if it was a message call. */
  readonly call: HostCall | null;
  readonly outcome: 'ok' | 'refused' | 'checkpoint' | 'other';
  readonly fault: HostFault | null;
  /** What the guest had wrong in its registers, or in the order of its steps. */
  readonly violation: Violation | null;
  /** What the host answered: of the accesses that bring the guest up only. */
  readonly answer: Answer | null;
}

/** The registers that a call returns, as they came back. */
export type Answer = Readonly<Partial<Record<OutputRegister, number>>>;

const isBackdoor = (port: number): boolean => port === BDOOR_PORT || port === BDOORHB_PORT;

/** The backdoor command that an access is about to make, if it is one. */
export function commandOf(access: PortAccess): number | null {
  if (!isBackdoor(access.port) || access.registers.eax !== BDOOR_MAGIC) return null;
  return access.string ? access.registers.ebx & 0xffff : access.registers.ecx & 0xffff;
}

/** The message call that an access is about to make, if it is one. */
export function callOf(host: VmwareHost, access: PortAccess): HostCall | null {
  const form: CallForm = !access.string ? 'low' : access.direction === 'out' ? 'highOut' : 'highIn';
  return host.describe(access.registers, form, form === 'highOut' ? access.data : null);
}

/** What a call answered, from its registers afterwards. @param command null: it was no backdoor call */
export function answerOf({ string, registers }: PortAccess, command: number | null, call: HostCall | null): Answer {
  const answer: Partial<Record<OutputRegister, number>> = {};
  for (const name of outputsOf(string, command, call)) answer[name] = registers[name];
  return answer;
}

/** The registers that a call returns; an access that is none reads EAX. */
function outputsOf(string: boolean, command: number | null, call: HostCall | null): readonly OutputRegister[] {
  if (string) return ['ebx'];
  if (call !== null) return SUB_COMMANDS.find(({ step }) => step === call.step)?.outputs ?? [];
  return COMMANDS.find(({ number }) => number === command)?.outputs ?? ['eax'];
}

/** What a message call came to, from its registers afterwards. */
export function outcomeOf(access: PortAccess): AccessFact['outcome'] {
  const status = (access.string ? access.registers.ebx : access.registers.ecx) >>> 16;
  if ((status & MESSAGE_STATUS_SUCCESS) !== 0) return 'ok';
  if ((status & MESSAGE_STATUS_CPT) !== 0) return 'checkpoint';
  return status === 0 ? 'refused' : 'other';
}
