import type { MessageOutcome, OutputRegister } from '../protocol/index.ts';
import type { HostCall, HostFault, Violation } from '../tclo-host/index.ts';

/** A port access and its result, as observers and rules get it. */
export interface AccessFact {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly pc: bigint;
  /** The return addresses of the calls that led to it, the innermost first. */
  readonly calls: readonly bigint[];
  readonly port: number;
  /** The backdoor command; null where the access was no backdoor call. */
  readonly command: number | null;
  /** The message call, if it was one. */
  readonly call: HostCall | null;
  readonly outcome: MessageOutcome;
  readonly fault: HostFault | null;
  /** What the guest had wrong in its registers, or in the order of its steps. */
  readonly violation: Violation | null;
  /** What the host answered: of the accesses that bring the guest up only. */
  readonly answer: Answer | null;
}

/** The registers that a call returns, after it. */
export type Answer = Readonly<Partial<Record<OutputRegister, number>>>;
