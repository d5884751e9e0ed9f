import { expect, it } from 'vitest';
import { Buckets } from '../../src/check/buckets.ts';
import type { Evidence } from '../../src/tclo-host/index.ts';
import { bucket, FINDING } from './support.ts';

const at = (cause: string, order: number, rank = 0, evidence: Evidence = 'seen') => ({
  cause,
  symptom: cause,
  order,
  rank,
  evidence,
});
const found = (title: string) => () => ({ finding: { ...FINDING, title }, console: [title] });

it('keeps the finding of the first test case, whatever the order of arrival', () => {
  const buckets = new Buckets();
  buckets.see(at('a', 7), 'x', found('late'));
  buckets.see(at('a', 3), 'y', found('early'));
  buckets.see(at('a', 5), 'x', found('between'));
  expect(
    buckets.list.map(({ finding, order, testCases, triggers }) => [finding.title, order, testCases, triggers]),
  ).toEqual([['early', 3, 3, { x: 2, y: 1 }]]);
});

it('keeps the finding of the mildest class, whatever its number', () => {
  const [worker, all] = [new Buckets(), new Buckets()];
  worker.see(at('a', 1, 0, 'hostile'), 'x', found('hostile'));
  all.see(at('a', 9, 0, 'plausible'), 'x', found('late'));
  all.see(at('a', 5, 0, 'plausible'), 'x', found('plausible'));
  for (const delta of worker.take()) all.merge(delta);
  expect(all.list).toMatchObject([{ evidence: 'plausible', order: 5, finding: { title: 'plausible' }, testCases: 3 }]);
});

it('builds a finding only for the first test case of its cause', () => {
  const buckets = new Buckets();
  const built: string[] = [];
  const find = (title: string) => () => {
    built.push(title);
    return { finding: FINDING, console: [] };
  };
  buckets.see(at('a', 3), 'x', find('a3'));
  buckets.see(at('a', 9), 'x', find('a9'));
  buckets.see(at('b', 9), 'x', find('b9'));
  expect([built, buckets.size]).toEqual([['a3', 'b9'], 2]);
});

it('sorts by test case, then by position in it', () => {
  const buckets = new Buckets();
  buckets.see(at('c', 2, 1), 'x', found('c'));
  buckets.see(at('b', 2, 0), 'x', found('b'));
  buckets.see(at('a', 1, 5), 'x', found('a'));
  expect(buckets.list.map(({ cause }) => cause)).toEqual(['a', 'b', 'c']);
});

it('reports each change once, and counts merged reports as if one worker had seen all', () => {
  const [worker, other, all] = [new Buckets(), new Buckets(), new Buckets()];
  worker.see(at('a', 4), 'x', found('a4'));
  const first = worker.take();
  worker.see(at('a', 6), 'y', found('a6'));
  const second = worker.take();
  other.see(at('a', 2), 'x', found('a2'));
  expect([first[0]?.first?.order, second[0]?.first, second[0]?.testCases, worker.take()]).toEqual([4, null, 1, []]);
  for (const delta of [...first, ...other.take(), ...second]) all.merge(delta);
  expect(all.list).toEqual([{ ...bucket(at('a', 2)), ...found('a2')(), testCases: 3, triggers: { x: 2, y: 1 } }]);
});
