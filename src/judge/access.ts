import type { MessageOutcome } from '../protocol/index.ts';
import type { HostCall, HostFault } from '../tclo-host/index.ts';

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
  readonly outcome: MessageOutcome;
  readonly fault: HostFault | null;
}
