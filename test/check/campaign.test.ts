import { describe, expect, it } from 'vitest';
import { type CampaignOptions, explore, type Progress } from '../../src/check/campaign.ts';
import type { Executor, TestOutcome } from '../../src/check/executor.ts';
import type { InjectionSite, TestCase } from '../../src/check/test-case.ts';
import type { WorkerPool } from '../../src/check/worker-pool.ts';
import { bucket, cause, FINDING, subjectOfFixture } from './support.ts';

const SITES: readonly InjectionSite[] = [
  { access: 0, kinds: ['refuse', 'break'] },
  { access: 1, kinds: ['refuse'] },
];

/** Two hosts, each with three injections. */
const executor = {
  subject: { ...subjectOfFixture('vmt-patched-amd64'), variants: [{}, { closeBroken: 'refuse' }] },
  sites: () => SITES,
  refuseUnattached: () => {},
  performMore: () => ({
    testCases: 0,
    executed: 0,
    buckets: [],
    followers: [],
    undecided: {},
    cases: [],
    newSteps: [],
    executedSites: [2n],
  }),
  sitesReport: (executed: ReadonlySet<bigint>) => ({ executed: executed.size, total: 2, missed: [] }),
} as unknown as Executor;

interface Recorded {
  readonly performed: TestCase[];
  readonly progress: Progress[];
}

/** A campaign whose workers record test cases. @param outcomeOf what a worker answers for one test case. */
async function campaign(
  options: CampaignOptions,
  { slots = [0], outcomeOf }: { slots?: number[]; outcomeOf?: (testCase: TestCase) => Partial<TestOutcome> } = {},
) {
  const recorded: Recorded = { performed: [], progress: [] };
  const pool: WorkerPool = {
    slots,
    perform: async (_worker, testCases, follow) => {
      await Promise.resolve();
      recorded.performed.push(...testCases);
      const outcomes = testCases.map((testCase) => outcomeOf?.(testCase) ?? {});
      return {
        testCases: testCases.length,
        executed: outcomes.reduce((sum, { executed = 1 }) => sum + executed, 0),
        buckets: outcomes.flatMap(({ buckets = [] }) => buckets),
        undecided: { noLeak: testCases.length },
        executedSites: [1n],
        newSteps: [],
        cases: testCases.map(({ order }) => ({ trigger: `trigger ${9 - order}`, occurrence: '1' })),
        followers: follow ? outcomes.map(({ followers }) => followers?.[0] ?? []) : [],
      };
    },
    close: async () => {},
  };
  const report = await explore(executor, pool, options, (now) => recorded.progress.push(now));
  return { report, ...recorded };
}

const ALL = { depth: 1, budget: 100 } as const;

describe('explore', () => {
  it('performs the baseline runs and each injection at each host, each once', async () => {
    const { report, performed } = await campaign(ALL);
    const sites = { executed: 2, total: 2, missed: [] };
    const ran = Object.fromEntries(Array.from({ length: 8 }, (_, order) => [`trigger ${order + 2}`, '1']));
    const found = { findings: [], causes: [], ran, undecided: { noLeak: 8 } };
    expect(report).toEqual({ runs: 8, accesses: 2, ...found, unexplored: 0, executed: 8, shared: 0, sites });
    const texts = performed.map(({ variant, injections }) =>
      [variant, ...injections.map(({ access, kind }) => `${access} ${kind}`)].join(': '),
    );
    expect(texts.sort()).toEqual(
      [0, 1].flatMap((variant) => [
        `${variant}`,
        `${variant}: 0 break`,
        `${variant}: 0 refuse`,
        `${variant}: 1 refuse`,
      ]),
    );
    expect(performed.map(({ order }) => order).sort()).toEqual([...Array(8).keys()]);
  });

  it('spreads a small budget and counts what it leaves out', async () => {
    const { report, performed } = await campaign({ depth: 1, budget: 4 });
    expect([report.runs, report.unexplored]).toEqual([4, 4]);
    expect(performed.map(({ variant }) => variant).sort()).toEqual([0, 0, 0, 1]);
  });

  it('adds pairs to what follows each single injection, within the budget', async () => {
    const follow: InjectionSite[] = [{ access: 5, kinds: ['break', 'refuse'] }];
    const outcomeOf = ({ injections }: TestCase) => ({ followers: injections.length === 1 ? [follow] : [] });
    const { report, performed } = await campaign({ depth: 2, budget: 100 }, { outcomeOf });
    // Eight single ones, and two pairs to each of the six injections.
    expect([report.runs, report.unexplored]).toEqual([20, 0]);
    expect(performed.filter(({ injections }) => injections.length === 2)).toHaveLength(12);
    const less = await campaign({ depth: 2, budget: 11 }, { outcomeOf });
    expect([less.report.runs, less.report.unexplored]).toEqual([11, 9]);
    expect(less.progress.at(-1)).toEqual({ done: 11, total: 11, findings: 0 });
  });

  it('tells executed test cases from shared ones', async () => {
    const { report } = await campaign(ALL, { outcomeOf: ({ order }) => ({ executed: order % 4 === 0 ? 1 : 0 }) });
    expect([report.executed, report.shared]).toEqual([2, 6]);
  });

  it('puts findings with the fewest injections first, and sorts triggers', async () => {
    const plan = (faults: string[]) => ({ ...FINDING, plan: { ...FINDING.plan, faults } });
    const outcomeOf = ({ order }: TestCase): Partial<TestOutcome> => ({
      buckets: [
        {
          key: `cause ${order % 2}`,
          first: bucket({
            cause: cause(`cause ${order % 2}`),
            size: order % 2 === 0 ? 4 : 2,
            order,
            finding: plan(order % 2 === 0 ? ['a', 'b'] : ['a']),
          }),
          testCases: 1,
          leads: 1,
          triggers: { [`trigger ${9 - order}`]: ['1'] },
        },
      ],
    });
    const { report, progress } = await campaign(ALL, { outcomeOf, slots: [0, 1, 1, 2, 2] });
    expect(report.findings.map(({ cause, runs, triggers }) => [cause, runs, Object.keys(triggers)])).toEqual([
      ['cause 1', 4, ['trigger 2', 'trigger 4', 'trigger 6', 'trigger 8']],
      ['cause 0', 4, ['trigger 3', 'trigger 5', 'trigger 7', 'trigger 9']],
    ]);
    expect(report.causes).toEqual([
      { cause: 'cause 1', function: 'vmt_tick', line: 'vmt.c:12', rules: ['recovers'], executions: 4, smallest: 'a' },
      {
        cause: 'cause 0',
        function: 'vmt_tick',
        line: 'vmt.c:12',
        rules: ['recovers'],
        executions: 4,
        smallest: 'a, b',
      },
    ]);
    expect(progress.at(-1)).toEqual({ done: 8, total: 8, findings: 2 });
  });

  it('ends at a signal with the report of what was performed', async () => {
    const controller = new AbortController();
    const outcomeOf = ({ order }: TestCase) => {
      if (order === 1) controller.abort();
      return {};
    };
    const { report } = await campaign({ depth: 2, budget: 100, signal: controller.signal }, { outcomeOf, slots: [0] });
    expect(report.runs + report.unexplored).toBe(8);
    const before = await campaign({ ...ALL, signal: AbortSignal.abort() });
    expect([before.report.runs, before.report.unexplored, before.performed]).toEqual([0, 8, []]);
  });

  it('does not wait for a worker that is busy when the signal comes', async () => {
    const controller = new AbortController();
    const pool: WorkerPool = {
      slots: [0],
      perform: () => new Promise(() => controller.abort()),
      close: async () => {},
    };
    const report = await explore(executor, pool, { ...ALL, signal: controller.signal });
    expect([report.runs, report.unexplored]).toEqual([0, 8]);
  });

  it('passes the error of a worker on', async () => {
    const failed: WorkerPool = {
      slots: [0],
      perform: async () => Promise.reject(new Error('lost')),
      close: async () => {},
    };
    await expect(explore(executor, failed, ALL)).rejects.toThrow('lost');
  });
});
