import type { Bench } from '../../bench/index.ts';
import { type AccessFact, type Fact, RecentAccesses, replayFacts, type Verdict } from '../../judge/index.ts';
import { courseOf } from './course.ts';
import { type Cause, CauseNamer } from './namer.ts';

export type { Cause } from './namer.ts';

/** One execution and what it violates. */
export interface JudgedExecution {
  /** All facts of the execution, in order, as a `Recorder` keeps them. */
  readonly facts: readonly Fact[];
  /** Virtual nanoseconds: its end. */
  readonly end: number;
  readonly verdicts: readonly Verdict[];
  /** The accesses of an execution of the guest without faults. Without them, those of this one. */
  readonly healthy?: readonly AccessFact[];
}

/**
 * Names the cause of each verdict on one execution: what the guest decided wrong, and where.
 * @param bench that of the execution, or another of the same object.
 */
export function causesOfExecution(
  bench: Pick<Bench, 'frames' | 'guest'>,
  { facts, end, verdicts, healthy }: JudgedExecution,
): Cause[] {
  const course = courseOf([facts], end);
  const recent = new RecentAccesses();
  replayFacts(facts, { access: (fact) => recent.access(fact) });
  const namer = new CauseNamer(bench, healthy ?? course.steps.map(({ fact }) => fact));
  return verdicts.map((verdict) => namer.causeOf(verdict, course, recent.facts));
}
