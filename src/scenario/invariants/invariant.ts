import type { Verdict } from '../finding.ts';
import type { Watcher } from '../watcher.ts';

/** How a run ended, as far as its judges ask. */
export interface RunEnd {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** The guest was shut down, or ended otherwise before its time. */
  readonly early: boolean;
}

/** One rule over what a run shows. */
export interface Invariant extends Watcher {
  judge(end: RunEnd): Verdict[];
}
