import { expect, it } from 'vitest';
import { changesBetween, newFindings } from '../../../src/check/index.ts';
import { checkFinding } from '../support.ts';

const found = (invariant: string, ...triggers: string[]) =>
  checkFinding({ invariant, triggers: Object.fromEntries(triggers.map((trigger) => [trigger, 1])) });

it('compares triggers rule by rule, over all findings of a rule', () => {
  const before = [found('recovers', 'b', 'a'), found('recovers', 'c'), found('quiet', 'q')];
  const after = [found('recovers', 'c', 'd'), found('noLeak', 'l')];
  expect(changesBetween(before, after)).toEqual([
    { rule: 'noLeak', healed: [], kept: [], broke: ['l'] },
    { rule: 'quiet', healed: ['q'], kept: [], broke: [] },
    { rule: 'recovers', healed: ['a', 'b'], kept: ['c'], broke: ['d'] },
  ]);
});

it('names a rule by the kind of a finding that violates none', () => {
  const { invariant: _, ...hang } = checkFinding({ kind: 'hang' });
  expect(changesBetween([], [hang])).toEqual([{ rule: 'hang', healed: [], kept: [], broke: ['tclo.send break'] }]);
});

it('has no changes between reports without findings', () => {
  expect(changesBetween([], [])).toEqual([]);
});

it('a finding is new if one of its triggers violates its rule only now', () => {
  const before = [found('recovers', 'a'), found('quiet', 'b')];
  const after = [found('recovers', 'a'), found('recovers', 'a', 'b'), found('quiet', 'b')];
  const changes = changesBetween(before, after);
  // The trigger "b" is new for one rule and old for the other.
  expect(newFindings(after, changes)).toEqual([after[1]]);
});
