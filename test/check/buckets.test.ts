import { expect, it } from 'vitest';
import { Buckets } from '../../src/check/buckets.ts';
import type { Evidence } from '../../src/check/index.ts';
import { bucket, cause, FINDING } from './support.ts';

const at = (name: string, order: number, rank = 0, size = 2, evidence: Evidence = 'seen') => ({
  cause: cause(name),
  symptom: name,
  size,
  order,
  rank,
  evidence,
});
const by = (trigger: string, occurrence = '1') => ({ trigger, occurrence });
const found = (title: string) => () => ({ finding: { ...FINDING, title }, console: [title] });

it('keeps the finding of the first test case, whatever the order of arrival', () => {
  const buckets = new Buckets();
  buckets.see(at('a', 7), by('x'), true, found('late'));
  buckets.see(at('a', 3), by('y', '2'), true, found('early'));
  buckets.see(at('a', 5), by('x', '4'), true, found('between'));
  expect(
    buckets.list.map(({ finding, order, testCases, triggers }) => [finding.title, order, testCases, triggers]),
  ).toEqual([['early', 3, 3, { x: ['1', '4'], y: ['2'] }]]);
});

it('prefers a smaller test case to an earlier one', () => {
  const buckets = new Buckets();
  buckets.see(at('a', 3, 0, 4), by('x lasting'), true, found('lasting'));
  buckets.see(at('a', 7, 0, 2), by('x'), true, found('once'));
  expect(buckets.list.map(({ finding }) => finding.title)).toEqual(['once']);
});

it('prefers a milder test case to a smaller one', () => {
  const buckets = new Buckets();
  buckets.see(at('a', 3, 0, 2, 'plausible'), by('x'), true, found('small'));
  buckets.see(at('a', 7, 0, 4, 'seen'), by('y'), true, found('mild'));
  buckets.see(at('a', 1, 0, 2, 'hostile'), by('z'), true, found('hostile'));
  expect(buckets.list.map(({ finding }) => finding.title)).toEqual(['mild']);
});

it('builds a finding only where it is kept', () => {
  const buckets = new Buckets();
  const built: string[] = [];
  const find = (title: string) => () => {
    built.push(title);
    return { finding: FINDING, console: [] };
  };
  buckets.see(at('a', 3), by('x'), true, find('a3'));
  buckets.see(at('a', 9), by('x'), true, find('a9'));
  buckets.see(at('b', 9), by('x'), true, find('b9'));
  expect([built, buckets.size]).toEqual([['a3', 'b9'], 2]);
});

it('counts a test case once for its cause, whatever it shows', () => {
  const buckets = new Buckets();
  const one = { ...at('a', 1), symptom: 'one' };
  buckets.see(one, by('x'), true, found('one'));
  buckets.see({ ...one, symptom: 'other', rank: 1 }, by('x'), false, found('other'));
  expect(buckets.list.map(({ symptom, leads }) => [symptom, leads])).toEqual([
    ['one', 1],
    ['other', 0],
  ]);
});

it('sorts by size, by test case, then by position in it', () => {
  const buckets = new Buckets();
  buckets.see(at('d', 0, 0, 4), by('x'), true, found('d'));
  buckets.see(at('c', 2, 1), by('x'), true, found('c'));
  buckets.see(at('b', 2, 0), by('x'), true, found('b'));
  buckets.see(at('a', 1, 5), by('x'), true, found('a'));
  expect(buckets.list.map(({ symptom }) => symptom)).toEqual(['a', 'b', 'c', 'd']);
});

it('reports each change once, and counts merged reports as if one worker had seen all', () => {
  const [worker, other, all] = [new Buckets(), new Buckets(), new Buckets()];
  worker.see(at('a', 4), by('x', '4'), true, found('a4'));
  const first = worker.take();
  worker.see(at('a', 6), by('y', '6'), true, found('a6'));
  const second = worker.take();
  other.see(at('a', 2), by('x', '2'), true, found('a2'));
  expect([first[0]?.first?.order, second[0]?.first, second[0]?.testCases, worker.take()]).toEqual([4, null, 1, []]);
  for (const delta of [...first, ...other.take(), ...second]) all.merge(delta);
  const triggers = { x: ['4', '2'], y: ['6'] };
  expect(all.list).toEqual([{ ...bucket(at('a', 2)), ...found('a2')(), testCases: 3, leads: 3, triggers }]);
});
