import type { SitesReport } from '../bench/index.ts';
import type { Finding } from '../judge/index.ts';
import { type Bucket, type BucketCount, Buckets, byAppearance } from './buckets.ts';
import type { Executor, TestOutcome } from './executor.ts';
import type { InjectionSite, PlannedInjection, TestCase } from './test-case.ts';
import { byInjections, WorkQueue } from './work-queue.ts';
import type { WorkerPool } from './worker-pool.ts';

/** How far to explore. */
export interface CampaignOptions {
  /** Faults at once, at most. */
  readonly depth: 1 | 2;
  /** Lives at most. */
  readonly budget: number;
  /** Virtual nanoseconds: faults strike before it. */
  readonly before: number;
  /** How many hosts there are. */
  readonly variants: number;
}

/** How a campaign stands. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly findings: number;
}

/** A finding of a check: one of its cause, the smallest. */
export interface CheckFinding extends Finding {
  /** Tells this cause from others. */
  readonly cause: string;
  /** The same without places: it holds for other builds of the guest. */
  readonly symptom: string;
  /** What the guest printed from its first fault on, the first lines of it. */
  readonly console: readonly string[];
  /** How many lives showed it. */
  readonly runs: number;
  /** What brought it about, each with how often. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** What a campaign came to. */
export interface CampaignReport {
  /** Lives, those that share most of their way counted whole. */
  readonly runs: number;
  /** Port accesses of the life without faults. */
  readonly accesses: number;
  /** By cause, smallest first. */
  readonly findings: readonly CheckFinding[];
  /** Lives that the budget left out. */
  readonly unexplored: number;
  /** Which backdoor instructions of the object were executed in any of them. */
  readonly sites: SitesReport;
}

/**
 * Lives without faults, one a host; then every fault alone at every access; then pairs of them. The report depends on
 * the plan alone, not on who performed what.
 */
export async function explore(
  executor: Executor,
  pool: WorkerPool,
  options: CampaignOptions,
  onProgress: (progress: Progress) => void,
): Promise<CampaignReport> {
  const variants = Array.from({ length: options.variants }, (_, variant) => variant);
  const sites = variants.map((variant) => executor.sites(variant, options.before));
  const singles = [
    ...variants.map((variant) => ({ variant, injections: [] })),
    ...variants.flatMap((variant) =>
      injectionsAt(sites[variant] ?? []).map((injection) => ({ variant, injections: [injection] })),
    ),
  ];
  const first = number(spread(singles, options.budget), 0);
  const buckets = new Buckets();
  const executed = new Set<bigint>();
  const left = options.budget - first.length;
  const total = first.length + (options.depth === 2 ? Math.max(left, 0) : 0);
  const watch = (done: number): void => onProgress({ done, total, findings: buckets.size });
  const followers = await performAll(pool, first, options.depth === 2, { buckets, executed }, watch);
  let runs = first.length;
  let unexplored = singles.length - first.length;
  if (options.depth === 2) {
    const pairs = pairsOf(first, followers);
    const chosen = number(spread(pairs, left), runs);
    await performAll(pool, chosen, false, { buckets, executed }, (done) => watch(first.length + done));
    runs += chosen.length;
    unexplored += pairs.length - chosen.length;
  }
  merge(executor.performUsers(runs), { buckets, executed });
  const findings = smallestFirst(buckets.list).map(findingOf);
  const accesses = sites[0]?.length ?? 0;
  return { runs, accesses, findings, unexplored, sites: executor.sitesReport(executed) };
}

const injectionsAt = (sites: readonly InjectionSite[]): PlannedInjection[] =>
  sites.flatMap(({ access, kinds }) => kinds.map((kind) => ({ access, kind })));

const number = (testCases: readonly Omit<TestCase, 'order'>[], from: number): TestCase[] =>
  testCases.map((testCase, index) => ({ ...testCase, order: from + index }));

/** Each single fault with each that may follow it. */
function pairsOf(
  singles: readonly TestCase[],
  followers: readonly (readonly InjectionSite[])[],
): Omit<TestCase, 'order'>[] {
  return singles.flatMap(({ variant, injections }, index) =>
    injectionsAt(followers[index] ?? []).map((injection) => ({ variant, injections: [...injections, injection] })),
  );
}

/** `count` of a list, at even distances. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (count >= list.length) return [...list];
  return Array.from({ length: Math.max(count, 0) }, (_, index) => list[Math.floor((index * list.length) / count)] as T);
}

/** What the test cases have shown so far. */
interface Seen {
  readonly buckets: Buckets;
  readonly executed: Set<bigint>;
}

function merge(outcome: TestOutcome, { buckets, executed }: Seen): void {
  for (const delta of outcome.buckets) buckets.merge(delta);
  for (const pc of outcome.executed) executed.add(pc);
}

/** @returns by trial, what the crew tells of its followers. */
async function performAll(
  pool: WorkerPool,
  testCases: readonly TestCase[],
  follow: boolean,
  seen: Seen,
  watch: (done: number) => void,
): Promise<readonly (readonly InjectionSite[])[]> {
  const queue = new WorkQueue(byInjections(testCases), new Set(pool.slots).size);
  const followers = new Map<number, readonly InjectionSite[]>();
  let done = 0;
  const work = async (member: number): Promise<void> => {
    for (let batch = queue.next(member); batch.length > 0; batch = queue.next(member)) {
      const outcome = await pool.perform(member, batch, follow);
      for (const [index, sites] of outcome.followers.entries()) followers.set((batch[index] as TestCase).order, sites);
      merge(outcome, seen);
      done += outcome.testCases;
      watch(done);
    }
  };
  await Promise.all(pool.slots.map(work));
  return testCases.map(({ order }) => followers.get(order) ?? []);
}

/** Fewer faults first, then hosts that are as asked for, then the earlier trial. */
function smallestFirst(list: readonly (Bucket & BucketCount)[]): (Bucket & BucketCount)[] {
  return [...list].sort((a, b) => injectionsOf(a) - injectionsOf(b) || byAppearance(a, b));
}

const injectionsOf = ({ finding: { plan } }: Bucket): number => plan.faults.length + (plan.preemptions?.length ?? 0);

function findingOf({ finding, console, cause, symptom, testCases, triggers }: Bucket & BucketCount): CheckFinding {
  const sorted = Object.fromEntries(Object.entries(triggers).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...finding, console, cause, symptom, runs: testCases, triggers: sorted };
}
