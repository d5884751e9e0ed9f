import type { Bench } from '../bench/index.ts';
import type { Verdict } from '../judge/index.ts';
import { causesOfExecution, type JudgedExecution } from './cause/index.ts';
import { conditionOf, symptomOf } from './symptom.ts';

/** A violation of a rule, named for a tool that keeps apart what one mistake of the code breaks. Plain data. */
export interface NamedViolation {
  /** The guest's decision and the symptom: the same of all executions that show this mistake in this way. */
  readonly cause: string;
  readonly symptom: string;
  readonly verdict: Verdict;
}

/** Names each verdict on one execution. @param bench that of the execution, or another of the same object */
export function violationsOf(bench: Pick<Bench, 'frames' | 'guest'>, execution: JudgedExecution): NamedViolation[] {
  const { facts, end, verdicts } = execution;
  const accesses = facts.flatMap((fact) => (fact[0] === 'access' ? [fact[1]] : []));
  const alive = facts.some((fact) => fact[0] === 'booted' && fact[1]);
  const condition = conditionOf(accesses, alive, end);
  const causes = causesOfExecution(bench, execution);
  return verdicts.map((verdict, index) => {
    const symptom = symptomOf(verdict, condition);
    return { cause: [causes[index]?.cause, symptom].join(': '), symptom, verdict };
  });
}
