import { expect, it } from 'vitest';
import { numbered, pairsOf, singleInjections, spread } from '../../src/check/test-plan.ts';

it('plans the baseline run of each host, then each injection alone', () => {
  const plan = singleInjections([
    [
      { access: 0, kinds: ['refuse', 'break'] },
      { access: 1, kinds: [] },
    ],
    [{ access: 4, kinds: ['preempt'] }],
  ]);
  expect(plan).toEqual([
    { variant: 0, injections: [] },
    { variant: 1, injections: [] },
    { variant: 0, injections: [{ access: 0, kind: 'refuse' }] },
    { variant: 0, injections: [{ access: 0, kind: 'break' }] },
    { variant: 1, injections: [{ access: 4, kind: 'preempt' }] },
  ]);
});

it('adds to each test case each injection that can follow it', () => {
  const first = { access: 0, kind: 'refuse' } as const;
  const singles = numbered(
    [
      { variant: 1, injections: [first] },
      { variant: 0, injections: [first] },
    ],
    0,
  );
  expect(pairsOf(singles, [[{ access: 3, kinds: ['break'] }]])).toEqual([
    { variant: 1, injections: [first, { access: 3, kind: 'break' }] },
  ]);
});

it('numbers test cases on from others', () => {
  expect(
    numbered(
      [
        { variant: 0, injections: [] },
        { variant: 1, injections: [] },
      ],
      7,
    ).map(({ order }) => order),
  ).toEqual([7, 8]);
});

it.each([
  [10, 5, [0, 2, 4, 6, 8]],
  [3, 5, [0, 1, 2]],
  [3, 3, [0, 1, 2]],
  [7, 3, [0, 2, 4]],
  [4, 0, []],
  [4, -2, []],
])('spreads %i entries to %i', (size, count, wanted) => {
  expect(spread([...Array(size).keys()], count)).toEqual(wanted);
});
