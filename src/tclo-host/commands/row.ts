import type { OutputRegister, RegisterFrame } from '../../protocol/index.ts';
import type { VmMouse } from '../devices/vmmouse.ts';
import type { Window } from '../devices/window.ts';
import type { HostFault } from '../faults.ts';
import type { HostIdentity } from '../identity.ts';

/** What commands work on. */
export interface CommandContext {
  readonly identity: HostIdentity;
  readonly window: Window;
  readonly mouse: VmMouse;
  /** The privilege level that calls come from. */
  readonly ring: number;
  /** Virtual time in nanoseconds. */
  time(): number;
  /** A line of the host's log. */
  log(text: string): void;
  message(registers: RegisterFrame, fault: HostFault | null): void;
}

/** One command of port 0x5658. */
export interface CommandRow {
  /** Low half of ECX. */
  readonly number: number;
  readonly name: string;
  /** Taken from ring 0 only: from any other it is an unknown command (open-vm-tools marks these "CPL0 only"). */
  readonly ring0?: true;
  readonly inputs: string;
  /** Registers that the answer may change; the code changes no other. */
  readonly outputs: readonly OutputRegister[];
  readonly users: string;
  readonly source: string;
  readonly answer: (registers: RegisterFrame, context: CommandContext, fault: HostFault | null) => void;
}

/** EAX of a command that is not known, not allowed, or not served. */
export const UNKNOWN = 0xffffffff;

/** For commands that exist by name only. */
export const unanswered: CommandRow['answer'] = (registers) => {
  registers.eax = UNKNOWN;
};
