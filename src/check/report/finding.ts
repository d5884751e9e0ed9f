import type { Finding } from '../../judge/index.ts';

/** A finding of a check: the smallest of one cause with one symptom. */
export interface CheckFinding extends Finding {
  /** Identifies the cause: what the guest decided wrong, and where. */
  readonly cause: string;
  /** The violated rule and the state of the guest. */
  readonly symptom: string;
  /** The first console lines from the first injection on. */
  readonly console: readonly string[];
  /** Executions that showed it. */
  readonly runs: number;
  /** The injections that caused it, in words without numbers, each with its number of executions. */
  readonly triggers: Readonly<Record<string, number>>;
  /** By trigger, which accesses of those words: `1-7,9`. */
  readonly occurrences: Readonly<Record<string, string>>;
}
