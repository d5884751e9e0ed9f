import type { HostOptions } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { ExecutionEnd, HeapBlock, JudgedKernel } from '../execution.ts';
import type { Verdict } from '../finding.ts';
import type { Watcher } from '../watcher.ts';

/** What is judged: the run's circumstances. */
export interface RunContext {
  readonly host: HostOptions;
  /** Its name. */
  readonly kernel: string;
  readonly kernelFacts: JudgedKernel;
  /** The last port accesses, as they are when it is called. */
  lastAccesses(): readonly AccessFact[];
}

/** How a run ended, as far as its judges ask. */
export interface RunEnd {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** The guest was shut down, or ended otherwise before its time. */
  readonly early: boolean;
  /** The guest was shut down. */
  readonly halted: boolean;
  /** What ended it before its time; null: nothing did. */
  readonly ending?: ExecutionEnd | null;
  /** What is live on the guest's heap, oldest first. */
  readonly blocks: readonly HeapBlock[];
}

/** What a rule makes of a run: what broke it, or why it cannot be told yet. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly undecided?: string;
}

/** One rule over what a run shows. It asks nobody: all that it knows, it was told. */
export interface Invariant extends Watcher {
  judge(end: RunEnd): Judgement;
}
