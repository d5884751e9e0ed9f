import type { Finding } from '../../judge/index.ts';

/** A finding of a check: the smallest of one cause. */
export interface CheckFinding extends Finding {
  /** Identifies the cause: the violated rule, the state of the guest, and the places in its code. */
  readonly cause: string;
  /** The cause without the places. It is the same for another build of the guest. */
  readonly symptom: string;
  /** The first console lines from the first injection on. */
  readonly console: readonly string[];
  /** Executions that showed it. */
  readonly runs: number;
  /** The injections that caused it, in words without numbers, each with its number of executions. */
  readonly triggers: Readonly<Record<string, number>>;
}
