import type { MessageOutcome } from '../protocol/index.ts';
import type { HostCall, HostFault } from '../tclo-host/index.ts';

/** A port access and its result, as observers and rules get it. */
export interface AccessFact {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly pc: bigint;
  readonly port: number;
  /** The backdoor command; null where the access was no backdoor call. */
  readonly command: number | null;
  /** The message call, if it was one. */
  readonly call: HostCall | null;
  readonly outcome: MessageOutcome;
  readonly fault: HostFault | null;
}
