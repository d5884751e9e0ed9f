import { DIRECTION_FLAG, type Processor } from '../cpu/index.ts';
import type { AccessFact, Answer } from '../judge/index.ts';
import {
  commandWords,
  type DecodedCall,
  type Notice,
  type OutputRegister,
  outcomeOf,
  type PortAccess,
  statusOf,
} from '../protocol/index.ts';
import {
  BACKWARDS,
  type HostCall,
  type HostFault,
  nearMissViolation,
  SUB_COMMANDS,
  type Violation,
  type VmwareHost,
} from '../tclo-host/index.ts';

/** Turns each port access into a fact: the call as it was made, and its result. */
export class AccessFacts {
  /** Whether facts keep the answers, too: the guest boots. */
  answers = true;
  readonly #machine: Processor;
  readonly #host: VmwareHost;
  #call: HostCall | null = null;
  #command: number | null = null;
  #violation: Violation | null = null;

  constructor(machine: Processor, host: VmwareHost) {
    this.#machine = machine;
    this.#host = host;
  }

  /** Before the host answers: the registers are the guest's. @returns the message call, if it is one */
  before(access: PortAccess, call: DecodedCall): HostCall | null {
    const isCall = call.kind === 'message' || call.kind === 'command';
    this.#command = isCall ? call.number : null;
    this.#call = this.#host.describe(call);
    this.#violation = this.#host.conformity.violation(access);
    if (isCall && access.string && this.#violation === null && this.#runsBackwards) this.#violation = BACKWARDS;
    return this.#call;
  }

  /** The access did nothing. @param lostFrame why the guest meant a call all the same, if the code says so */
  nearMiss(notice: Notice, lostFrame: string | null): void {
    this.#violation ??= nearMissViolation(notice, lostFrame);
  }

  /** After the answer: the registers hold it. @param at virtual nanoseconds */
  after(access: PortAccess, at: number, fault: HostFault | null): AccessFact {
    const { string, registers } = access;
    return {
      at,
      pc: access.pc,
      calls: this.#machine.calls,
      port: access.port,
      command: this.#command,
      call: this.#call,
      outcome: this.#call === null ? 'ok' : outcomeOf(statusOf(string ? 'high' : 'low', registers)),
      fault,
      violation: this.#violation,
      answer: this.answers ? this.#answerOf(access) : null,
    };
  }

  get #runsBackwards(): boolean {
    return (this.#machine.registers.eflags & DIRECTION_FLAG) !== 0;
  }

  #answerOf({ string, registers }: PortAccess): Answer {
    const answer: Partial<Record<OutputRegister, number>> = {};
    for (const name of this.#outputs(string)) answer[name] = registers[name];
    return answer;
  }

  /** The registers that the call returns; an access that is no call reads EAX. */
  #outputs(string: boolean): readonly OutputRegister[] {
    if (string) return ['ebx'];
    const step = this.#call?.step;
    if (step !== undefined) return SUB_COMMANDS.find((row) => row.step === step)?.outputs ?? [];
    return (this.#command === null ? null : commandWords(this.#command))?.outputs ?? ['eax'];
  }
}
