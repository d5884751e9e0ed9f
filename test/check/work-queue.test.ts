import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestCase } from '../../src/check/test-case.ts';
import { byInjections, WorkQueue } from '../../src/check/work-queue.ts';

const testCase = (order: number, variant: number, ...accesses: number[]): TestCase => ({
  order,
  variant,
  injections: accesses.map((access) => ({ access, kind: 'refuse' })),
});

describe('byInjections', () => {
  it('sorts by access, then by kind, and puts the same injections at all hosts in a row', () => {
    const cases = [testCase(0, 1, 5), testCase(1, 0, 2, 9), testCase(2, 0, 5), testCase(3, 1, 2), testCase(4, 0, 2)];
    const other: TestCase = { order: 5, variant: 0, injections: [{ access: 2, kind: 'break' }] };
    expect(byInjections([...cases, other, testCase(6, 1)]).map(({ order }) => order)).toEqual([6, 5, 4, 3, 1, 2, 0]);
  });

  it('leaves its argument as it is', () => {
    const cases = [testCase(0, 0, 2), testCase(1, 0, 1)];
    byInjections(cases);
    expect(cases.map(({ order }) => order)).toEqual([0, 1]);
  });
});

describe('WorkQueue', () => {
  it('hands out each test case once, whichever worker asks', () => {
    fc.assert(
      fc.property(
        fc.nat(700),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(4), { maxLength: 40 }),
        (size, workers, asks) => {
          const queue = new WorkQueue(
            Array.from({ length: size }, (_, order) => testCase(order, 0)),
            workers,
          );
          const taken: number[] = [];
          const take = (worker: number): number => {
            const batch = queue.next(worker);
            taken.push(...batch.map(({ order }) => order));
            return batch.length;
          };
          for (const ask of asks) take(ask % workers);
          for (let worker = 0; worker < workers; worker++) while (take(worker) > 0);
          expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, order) => order));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('gives a worker its own part first, then the end of the longest other', () => {
    const queue = new WorkQueue(
      Array.from({ length: 300 }, (_, order) => testCase(order, 0)),
      2,
    );
    const first = (worker: number) => queue.next(worker)[0]?.order;
    expect([first(0), first(1), first(0), first(0), first(0)]).toEqual([0, 150, 64, 128, 236]);
  });
});
