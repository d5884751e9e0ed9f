import type { AccessFact } from './access.ts';

/** The rules that a run is judged by. */
export type InvariantName = 'memorySafe' | 'noPanic' | 'recovers' | 'quiet' | 'noLeak' | 'noLostEvent';

/** What made a run what it was: it repeats the run. */
export interface Plan {
  readonly kernel: string;
  /** Virtual time to run, as on the command line. */
  readonly for: string;
  readonly host: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly string[];
  readonly faults: readonly string[];
  readonly seed: number;
}

/** Something that the guest does wrong. Plain data; addresses are `0x` and hex digits. */
export interface Finding {
  readonly kind: 'invariant' | 'fault' | 'hang' | 'missingSymbol' | 'memory';
  readonly invariant?: InvariantName;
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
  /** The command that shows it again. */
  readonly repeat: string;
}

/** What finds it knows; the run adds the rest. */
export interface Verdict {
  readonly kind: Finding['kind'];
  readonly invariant?: InvariantName;
  readonly title: string;
  readonly explanation: string;
  /** Where; null: at the last port access, of `accesses` where they are given. */
  readonly address: bigint | null;
  /** Inside the instruction whose line is to be told, where that is not at `address`: a call lies before it. */
  readonly site?: bigint;
  readonly stack: readonly string[];
  /** The port accesses that show it, where those are not the last of the run. */
  readonly accesses?: readonly AccessFact[];
}
