import type { InvariantName, Verdict } from '../finding.ts';
import type { Expectation } from './expectation.ts';
import { unmet } from './watch.ts';

/** What the rules of a run came to. */
export interface RuleOutcome {
  readonly verdicts: readonly Verdict[];
  /** Why a rule could not decide, by its name. */
  readonly undecided: ReadonlyMap<string, string>;
}

/** What is left to report when the expectations have had their say. */
export interface Settled {
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
}

const ruleOf = ({ what }: Expectation): InvariantName | null => (what.kind === 'rule' ? what.rule : null);

/** The rules that a list of expectations names. */
export function expectedRules(expectations: readonly Expectation[]): InvariantName[] {
  return [...new Set(expectations.flatMap((expectation) => ruleOf(expectation) ?? []))];
}

/**
 * Weighs the rules against what was expected of them. A rule that is expected to hold must have decided so; what one
 * that is expected to break finds is a note, and its silence a finding.
 */
export function settleRules({ verdicts, undecided }: RuleOutcome, expectations: readonly Expectation[]): Settled {
  const added: Verdict[] = [];
  const notes: string[] = [];
  const excused = new Set<Verdict>();
  /** Where the broken rules were expected to hold. */
  const asked = new Map<Verdict, string>();
  for (const expectation of expectations) {
    const rule = ruleOf(expectation);
    if (rule === null) continue;
    const broken = verdicts.filter(({ invariant }) => invariant === rule);
    const open = undecided.get(rule);
    if (broken.length === 0 && open !== undefined) added.push(unmet(expectation, `${open}.`));
    else if (expectation.not && broken.length === 0) added.push(unmet(expectation, 'The guest keeps this rule.'));
    else if (expectation.not) {
      for (const verdict of broken) excused.add(verdict);
      notes.push(...broken.map(({ title }) => `${placed(expectation)}as expected: ${title} [${rule}]`));
    } else for (const verdict of broken) asked.set(verdict, placed(expectation));
  }
  const left = verdicts.filter((verdict) => !excused.has(verdict));
  return { verdicts: [...left.map((verdict) => withPlace(verdict, asked.get(verdict) ?? '')), ...added], notes };
}

const placed = ({ where }: Expectation): string => (where === undefined ? '' : `${where}: `);

const withPlace = (verdict: Verdict, place: string): Verdict =>
  place === '' ? verdict : { ...verdict, explanation: `${place}${verdict.explanation}` };
