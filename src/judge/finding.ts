import type { Evidence } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';

/** The rules that a run is judged by. */
export type InvariantName =
  | 'memorySafe'
  | 'noPanic'
  | 'hang'
  | 'conforms'
  | 'attaches'
  | 'abi'
  | 'contract'
  | 'recovers'
  | 'quiet'
  | 'noLeak'
  | 'noLostEvent';

/** How much a guest may do before it counts as one that hangs. */
export interface Budget {
  /** Blocks that one call into the guest may run. */
  readonly call?: number;
  /** Port accesses of the whole run. */
  readonly accesses?: number;
}

/** Everything that repeats a run. */
export interface Plan {
  readonly kernel: string;
  /** Virtual time to run, as on the command line. */
  readonly for: string;
  readonly host: Readonly<Record<string, string | number | boolean>>;
  /** The machine's facts and its host name, where they are not the defaults. */
  readonly machine?: Readonly<Record<string, string | number>>;
  readonly interfaces?: readonly string[];
  readonly events: readonly string[];
  readonly faults: readonly string[];
  /** Where soft interrupts preempt the guest. */
  readonly preemptions?: readonly string[];
  readonly expect?: readonly string[];
  readonly budget?: Budget;
  readonly seed: number;
}

/**
 * How a message got lost: a request of the host's that is never answered, or whose channel the guest closes; an answer
 * that nothing asked for; a report that did not arrive.
 */
export type LossKind = 'unanswered' | 'closed' | 'unasked' | 'report';

/** Something that the guest does wrong. Plain data; addresses are `0x` and hex digits. */
export interface Finding {
  readonly kind: 'invariant' | 'fault' | 'hang' | 'missingSymbol' | 'memory';
  /** An {@link InvariantName}; `expected` for an expectation that is not met; or the name of a rule of the user's. */
  readonly invariant?: string;
  /** One line. */
  readonly title: string;
  /** What it means, in the words of the protocol. */
  readonly explanation: string;
  /** The guest's instruction. */
  readonly address: string;
  readonly function?: string;
  /** `vmt_tclo.c:123`, where the object has debug information. */
  readonly line?: string;
  /** Innermost first. */
  readonly stack: readonly string[];
  /** The port accesses before it, oldest first. */
  readonly lastAccesses: readonly string[];
  readonly plan: Plan;
  /** How near to a real host the plan is; absent in records of older versions. */
  readonly evidence?: Evidence;
  /** The command that reproduces it. */
  readonly repeat: string;
}

/** What the rule reports. The run adds location and repeat command. */
export interface Verdict {
  readonly kind: Finding['kind'];
  readonly invariant?: string;
  readonly title: string;
  readonly explanation: string;
  /** Where; null: at the last port access, of `accesses` where they are given. */
  readonly address: bigint | null;
  /** An address inside the instruction whose line to report, where that is not `address`: a call ends before it. */
  readonly site?: bigint;
  /** The return addresses of the calls that led to `address`, the innermost first, where they are known. */
  readonly calls?: readonly bigint[];
  /** The access whose outcome the guest did not cope with: its place is that of the finding, where `address` is null. */
  readonly failed?: AccessFact;
  /** What became of a message, where the rule is `noLostEvent`. */
  readonly loss?: LossKind;
  readonly stack: readonly string[];
  /** The port accesses that show it, where those are not the last of the run. */
  readonly accesses?: readonly AccessFact[];
}
