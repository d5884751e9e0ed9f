import type { Machine } from '../cpu/index.ts';
import { type AccessFact, answerOf, callOf, commandOf, outcomeOf } from '../judge/index.ts';
import type { Notice, PortAccess } from '../protocol/index.ts';
import {
  BACKWARDS,
  type HostCall,
  type HostFault,
  nearMissViolation,
  type Violation,
  type VmwareHost,
} from '../tclo-host/index.ts';

const DIRECTION_FLAG = 0x400n;

/** Makes a fact of each port access: what it was when it was made, and what came of it. */
export class AccessFacts {
  /** The message call that is being made, if it is one. */
  call: HostCall | null = null;
  /** Instructions that made an access. */
  readonly executed: Set<bigint> = new Set();
  /** Whether the answers are kept, too: the guest is being brought up. */
  answers = true;
  readonly #machine: Machine;
  readonly #host: VmwareHost;
  #command: number | null = null;
  #violation: Violation | null = null;

  constructor(machine: Machine, host: VmwareHost) {
    this.#machine = machine;
    this.#host = host;
  }

  /** The registers are still those of the guest. */
  before(access: PortAccess): void {
    this.#command = commandOf(access);
    this.call = this.#command === null ? null : callOf(this.#host, access);
    this.#violation = this.#command === null ? null : this.#host.conformity.violation(access);
    if (access.string && this.#violation === null && (this.#machine.registers.rflags & DIRECTION_FLAG) !== 0n) {
      this.#violation = BACKWARDS;
    }
  }

  /** The access did nothing. @param lostFrame why a call was meant all the same, if the code says so */
  nearMiss(notice: Notice, lostFrame: string | null): void {
    this.#violation ??= nearMissViolation(notice, lostFrame);
  }

  /** The registers are those of the answer. @param at virtual nanoseconds */
  after(access: PortAccess, at: number, fault: HostFault | null): AccessFact {
    this.executed.add(access.pc);
    return {
      at,
      pc: access.pc,
      port: access.port,
      command: this.#command,
      call: this.call,
      outcome: this.call === null ? 'ok' : outcomeOf(access),
      fault,
      violation: this.#violation,
      answer: this.answers ? answerOf(access, this.#command, this.call) : null,
    };
  }
}
