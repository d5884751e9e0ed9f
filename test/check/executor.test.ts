import { describe, expect, it } from 'vitest';
import { Executor } from '../../src/check/executor.ts';
import type { TestCase } from '../../src/check/test-case.ts';
import { hostVariants } from '../../src/check/variants.ts';
import { subjectOfFixture } from './support.ts';

/** Opens an executor, uses it and closes it. */
function withExecutor<R>(more: Parameters<typeof subjectOfFixture>[1], use: (executor: Executor) => R): R {
  const executor = new Executor(subjectOfFixture('vmt-unpatched-amd64', more));
  try {
    return use(executor);
  } finally {
    executor.close();
  }
}

const variants = hostVariants({});
/** One fault at every host: the attach's first answer. */
const everywhere: TestCase[] = variants.map((_, variant) => ({
  order: variant,
  variant,
  injections: [{ access: 3, kind: 'refuse' }],
}));

describe('Executor', () => {
  it('has the sites of the baseline run before the time at which injections end', () => {
    const few = withExecutor({ before: 2e3 }, (executor) => executor.sites(0));
    const more = withExecutor({ before: 2e6 }, (executor) => executor.sites(0));
    expect(few.length).toBeGreaterThan(0);
    expect(more.slice(0, few.length)).toEqual(few);
    expect(more.length).toBeGreaterThan(few.length);
    expect(more.map(({ access }) => access)).toEqual([...more.keys()]);
  });

  it('executes the same injections once for all hosts that behave alike, and counts each as a test case', () => {
    const shared = withExecutor({ variants }, (executor) => executor.perform(everywhere, false));
    const whole = withExecutor({ variants, sharing: false }, (executor) => executor.perform(everywhere, false));
    expect([shared.testCases, whole.testCases, whole.executed]).toEqual([5, 5, 5]);
    expect(shared.executed).toBeLessThan(5);
    expect(shared.buckets).toEqual(whole.buckets);
    expect(shared.buckets.reduce((sum, { testCases }) => sum + testCases, 0)).toBeGreaterThanOrEqual(5);
  });

  it('names the options of an unkind host in the trigger', () => {
    const at3 = everywhere.find(({ variant }) => variants[variant]?.closeBroken === 'refuse') as TestCase;
    const { buckets } = withExecutor({ variants }, (executor) => executor.perform([at3], false));
    expect(buckets.length).toBeGreaterThan(0);
    for (const { triggers, first } of buckets) {
      expect(Object.keys(triggers)).toEqual([expect.stringMatching(/ refuse \(closeBroken=refuse\)$/)]);
      expect(first?.finding.plan.host).toEqual({ closeBroken: 'refuse' });
    }
  });

  it('returns followers on request', () => {
    withExecutor({}, (executor) => {
      const access = executor.sites(0).length - 5;
      const testCase: TestCase = { order: 0, variant: 0, injections: [{ access, kind: 'break' }] };
      const { followers } = executor.perform([testCase], true);
      expect([followers.length, followers[0]?.[0]?.access]).toEqual([1, access + 1]);
      expect(executor.perform([testCase], false).followers).toEqual([]);
    });
  });

  it('reports the finding of a bucket once', () => {
    withExecutor({}, (executor) => {
      const [first] = everywhere as [TestCase];
      const { buckets } = executor.perform([first], false);
      expect(buckets.map(({ first: kept }) => kept?.order)).toEqual(buckets.map(() => 0));
      expect(buckets.length).toBeGreaterThan(0);
      const again = executor.perform([{ ...first, order: 9 }], false);
      expect(again.buckets.map(({ first: kept }) => kept)).toEqual(buckets.map(() => null));
    });
  });

  it('refuses a driver that finds no device', () => {
    const executor = new Executor(subjectOfFixture('vmt-patched-amd64', {}));
    expect(() => executor.refuseUnattached()).not.toThrow();
    executor.close();
    const { bench } = subjectOfFixture('vmt-patched-amd64');
    const lost = new Executor(
      subjectOfFixture('vmt-patched-amd64', { bench: { ...bench, guest: { kernel: 'netbsd' } } }),
    );
    expect(() => lost.refuseUnattached()).toThrow(/did not attach/);
    lost.close();
  });
});
