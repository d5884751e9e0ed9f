import { describe, expect, it } from 'vitest';
import { type Compared, causeChanges, changesBetween, newFindings } from '../../../src/check/index.ts';
import { checkFinding } from '../support.ts';

/** @param triggers each with its occurrences. */
const found = (invariant: string, triggers: Record<string, string>, cause = 'a') =>
  checkFinding({
    invariant,
    cause,
    triggers: Object.fromEntries(Object.keys(triggers).map((trigger) => [trigger, 1])),
    occurrences: triggers,
  });

const RAN = Object.fromEntries(['a', 'b', 'c', 'd', 'q', 'l'].map((trigger) => [trigger, '1-9']));
const report = (findings: Compared['findings'], ran: Record<string, string> = RAN): Compared => ({
  findings,
  ran,
  whole: true,
});
const old = (findings: Compared['findings'], whole: boolean): Compared => ({
  findings: findings.map(({ occurrences: _, ...finding }) => finding),
  whole,
});
const NONE = { healed: [], kept: [], broke: [], notComparable: [] };

describe('changesBetween', () => {
  it('compares triggers rule by rule, over all findings of a rule', () => {
    const before = report([
      found('recovers', { b: '1', a: '2' }),
      found('recovers', { c: '1' }),
      found('quiet', { q: '1' }),
    ]);
    const after = report([found('recovers', { c: '5', d: '1' }), found('noLeak', { l: '1' })]);
    expect(changesBetween(before, after)).toEqual([
      { rule: 'noLeak', ...NONE, broke: ['l'] },
      { rule: 'quiet', ...NONE, healed: ['q'] },
      { rule: 'recovers', ...NONE, healed: ['a', 'b'], kept: ['c'], broke: ['d'] },
    ]);
  });

  it('compares only what both sides executed', () => {
    const before = report([found('recovers', { a: '1,4', b: '3', c: '2' })], { a: '1-4', b: '3', c: '2' });
    const after = report([found('recovers', { a: '7', d: '1' })], { a: '2-7', b: '1-2', d: '1' });
    const changes = changesBetween(before, after);
    // Of "a" both have 2 to 4: the fourth is healed, and that 7 is violated says nothing.
    expect(changes).toEqual([{ rule: 'recovers', ...NONE, healed: ['a'], notComparable: ['b', 'c', 'd'] }]);
    expect(changesBetween(after, before)).toEqual([
      { rule: 'recovers', ...NONE, broke: ['a'], notComparable: ['b', 'c', 'd'] },
    ]);
  });

  it('compares pairs by the place of both injections', () => {
    const before = report([found('recovers', { a: '1+2' })], { a: '1+2,1+3' });
    const after = report([found('recovers', { a: '1+3' })], { a: '1+3' });
    expect(changesBetween(before, after)).toEqual([{ rule: 'recovers', ...NONE, broke: ['a'] }]);
  });

  it('trusts an old report in what it says: what it found, and the rest where nothing was left out', () => {
    const now = report([found('recovers', { b: '1' })]);
    const before = [found('recovers', { a: '1' })];
    expect(changesBetween(old(before, true), now)).toEqual([
      { rule: 'recovers', ...NONE, healed: ['a'], broke: ['b'] },
    ]);
    expect(changesBetween(old(before, false), now)).toEqual([
      { rule: 'recovers', ...NONE, healed: ['a'], notComparable: ['b'] },
    ]);
    expect(changesBetween(old(before, true), { ...now, whole: false })).toEqual([
      { rule: 'recovers', ...NONE, broke: ['b'], notComparable: ['a'] },
    ]);
  });

  it('names a rule by the kind of a finding that violates none', () => {
    const { invariant: _, ...hang } = found('x', { a: '1' });
    expect(changesBetween(report([]), report([{ ...hang, kind: 'hang' }]))).toEqual([
      { rule: 'hang', ...NONE, broke: ['a'] },
    ]);
  });

  it('has no changes between reports without findings', () => {
    expect(changesBetween(report([]), report([]))).toEqual([]);
  });
});

describe('causeChanges', () => {
  it('counts executions, and keeps one that fails for another cause now', () => {
    const before = report([found('recovers', { a: '1-3' }, 'dead'), found('quiet', { q: '1' }, 'dead')]);
    const after = report([found('recovers', { a: '3', b: '5-6' }, 'kept')]);
    expect(causeChanges(before, after)).toEqual([
      { cause: 'dead', healed: 3, kept: 1, broke: 0, notComparable: 0 },
      { cause: 'kept', healed: 0, kept: 1, broke: 2, notComparable: 0 },
    ]);
  });

  it('does not count what only one side executed', () => {
    const before = report([found('recovers', { a: '1-3' }, 'dead')]);
    expect(causeChanges(before, report([], { a: '3' }))).toEqual([
      { cause: 'dead', healed: 1, kept: 0, broke: 0, notComparable: 2 },
    ]);
    expect(causeChanges(old([], true), before)).toEqual([]);
  });
});

it('a finding is new if one of its triggers violates its rule only now', () => {
  const before = report([found('recovers', { a: '1' }), found('quiet', { b: '1' })]);
  const after = [found('recovers', { a: '1' }), found('recovers', { a: '1', b: '1' }), found('quiet', { b: '1' })];
  const changes = changesBetween(before, report(after));
  // The trigger "b" is new for one rule and old for the other.
  expect(newFindings(after, changes)).toEqual([after[1]]);
});
