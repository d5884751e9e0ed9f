import type { CommandWords, RegisterFrame } from '../../protocol/index.ts';
import type { VmMouse } from '../devices/vmmouse.ts';
import type { Window } from '../devices/window.ts';
import type { HostIdentity } from '../identity.ts';

/** The context of commands. */
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
}

/** What the host answers to one command. */
export interface AnswerRow {
  /** Low half of ECX. */
  readonly number: number;
  readonly users: string;
  readonly source: string;
  /** Changes the command's outputs and no other register. */
  readonly answer: (registers: RegisterFrame, context: CommandContext) => void;
}

/** One command of port 0x5658. */
export interface CommandRow extends CommandWords, AnswerRow {}

/** EAX of a command that is not known, not allowed, or not served. */
export const UNKNOWN = 0xffffffff;

/** Answers commands that exist by name only. */
export const unanswered: CommandRow['answer'] = (registers) => {
  registers.eax = UNKNOWN;
};
