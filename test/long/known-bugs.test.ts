import { expect, test } from 'vitest';
import { isThere, type KnownBug, knownBugs, type Row } from '../known-bugs/script.ts';

test.skipIf(!isThere('gcc'))('check with default options on the known bugs: no fix is complained of', () => {
  const { rows } = knownBugs('--json') as { rows: Row[] };
  for (const { bug, verdict } of rows) {
    const { reached, triggered, rules, found, cases } = verdict;
    const said = rules.length > 0 ? `${rules.join(', ')}: ${found} of ${cases}` : 'missed';
    console.log(`${bug.bug}: reached ${reached}, triggered ${triggered}, ${said}`);
  }
  const all = knownBugs('--list', '--json') as KnownBug[];
  expect(rows.map(({ bug }) => bug.bug)).toEqual(all.map(({ bug }) => bug));
  expect(rows.filter(({ verdict }) => verdict.fixClean === false).map(({ bug }) => bug.bug)).toEqual([]);
  const byChance = rows.filter(({ verdict }) => verdict.rules.length > 0 && verdict.triggered === 0);
  expect(byChance.map(({ bug }) => bug.bug)).toEqual([]);
});
