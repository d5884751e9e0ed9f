import type { SitesReport } from '../bench/index.ts';
import { type Bucket, type BucketCount, Buckets } from './buckets.ts';
import type { Executor, NewStep, TestOutcome } from './executor.ts';
import { Occurrences, shorten } from './occurrences.ts';
import { type CheckCause, causesOf } from './report/causes.ts';
import type { CheckFinding } from './report/finding.ts';
import type { InjectionSite, TestCase } from './test-case.ts';
import { numbered, type PlannedCase, pairsOf, singleInjections, spread } from './test-plan.ts';
import { byInjections, WorkQueue } from './work-queue.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The extent of a campaign. */
export interface CampaignOptions {
  /** Injections in one execution, at most. */
  readonly depth: 1 | 2;
  /** Executions at most. */
  readonly budget: number;
  /** Ends the campaign early: the report then covers the test cases performed so far. */
  readonly signal?: AbortSignal;
}

/** The state of a campaign in progress. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly findings: number;
}

/** The result of a campaign. Apart from `executed` and `shared` it depends on the plan alone, not on the workers. */
export interface CampaignReport {
  /** Test cases performed. */
  readonly runs: number;
  /** Port accesses of the baseline run. */
  readonly accesses: number;
  /** One finding for each cause and symptom: those nearest to real hosts first, then the smallest. */
  readonly findings: readonly CheckFinding[];
  /** What is to be mended: what the findings have in common. */
  readonly causes: readonly CheckCause[];
  /** What was executed: by trigger which accesses of those words, as in {@link CheckFinding.occurrences}. */
  readonly ran: Readonly<Record<string, string>>;
  /** Test cases left out: the budget is used up, or the campaign ended early. */
  readonly unexplored: number;
  /** Test cases whose execution shares no part with another test case. */
  readonly executed: number;
  /** Test cases that took a part of their execution, or all of it, from another test case. */
  readonly shared: number;
  /** By rule, the test cases that end too soon to decide it, or never come to rest. */
  readonly undecided: Readonly<Record<string, number>>;
  /** Which backdoor instructions of the object were executed in any of them, or in the runs with users' calls. */
  readonly sites: SitesReport;
}

/**
 * Performs the baseline runs, one for each host; then each injection at each access; then pairs of injections.
 * @throws VmtbenchError `check.attach` if the driver finds no device at the requested host.
 */
export async function explore(
  executor: Executor,
  pool: WorkerPool,
  options: CampaignOptions,
  onProgress: (progress: Progress) => void = () => {},
): Promise<CampaignReport> {
  executor.refuseUnattached();
  const campaign = new Campaign(pool, options, onProgress);
  const sites = executor.subject.variants.map((_, variant) => executor.sites(variant));
  const singles = singleInjections(sites);
  const pairs = await campaign.perform(singles, options.depth === 2);
  await campaign.perform(campaign.recoveryPairs, false);
  if (options.depth === 2) await campaign.perform(pairs, false);
  campaign.performMore(executor);
  return campaign.report(sites[0]?.length ?? 0, (executed) => executor.sitesReport(executed));
}

/** What the workers have done so far. */
class Campaign {
  readonly #pool: WorkerPool;
  readonly #options: CampaignOptions;
  readonly #onProgress: (progress: Progress) => void;
  readonly #aborted: Promise<null>;
  readonly #buckets = new Buckets();
  readonly #executedSites = new Set<bigint>();
  readonly #ran = new Occurrences();
  /** By kind of fault and step: the first test case whose fault makes the guest do a step that it else does not. */
  readonly #newSteps = new Map<string, { readonly testCase: TestCase; readonly access: number }>();
  readonly #undecided = new Map<string, number>();
  #planned = 0;
  #chosen = 0;
  #done = 0;
  #executed = 0;

  constructor(pool: WorkerPool, options: CampaignOptions, onProgress: (progress: Progress) => void) {
    this.#pool = pool;
    this.#options = options;
    this.#onProgress = onProgress;
    this.#aborted = new Promise((resolve) => {
      options.signal?.addEventListener('abort', () => resolve(null), { once: true });
    });
  }

  /** Performs what the budget has room for. @returns on request, the pairs that begin with what was performed. */
  async perform(planned: readonly PlannedCase[], follow: boolean): Promise<PlannedCase[]> {
    const testCases = numbered(spread(planned, this.#options.budget - this.#chosen), this.#chosen);
    this.#planned += planned.length;
    this.#chosen += testCases.length;
    const queue = new WorkQueue(byInjections(testCases), new Set(this.#pool.slots).size);
    const followers = new Map<number, readonly InjectionSite[]>();
    await Promise.all(this.#pool.slots.map((worker) => this.#work(worker, queue, follow ? followers : null)));
    return pairsOf(
      testCases,
      testCases.map(({ order }) => followers.get(order) ?? []),
    );
  }

  /** A guest that copes with a fault makes steps that it else does not: each of them, refused. */
  get recoveryPairs(): PlannedCase[] {
    return [...this.#newSteps.values()]
      .sort((a, b) => a.testCase.order - b.testCase.order)
      .map(({ testCase: { variant, injections }, access }) => ({
        variant,
        injections: [...injections, { access, kind: 'refuse' }],
      }));
  }

  /** The runs with users' calls, and those with other unspecified outputs. They inject nothing, and are no test cases. */
  performMore(executor: Executor): void {
    if (this.#options.signal?.aborted === true) return;
    const outcome = executor.performMore(this.#chosen);
    // They are no test cases: what those have shown is not counted again.
    this.#add({ ...outcome, buckets: outcome.buckets.filter(({ key }) => !this.#buckets.has(key)) });
  }

  report(accesses: number, sitesOf: (executed: ReadonlySet<bigint>) => SitesReport): CampaignReport {
    const list = this.#buckets.list.map((bucket) => ({ bucket, finding: findingOf(bucket) }));
    return {
      runs: this.#done,
      accesses,
      findings: list.map(({ finding }) => finding),
      causes: causesOf(list),
      ran: this.#ran.texts,
      unexplored: this.#planned - this.#done,
      executed: this.#executed,
      shared: this.#done - this.#executed,
      undecided: Object.fromEntries([...this.#undecided].sort(([a], [b]) => (a < b ? -1 : 1))),
      sites: sitesOf(this.#executedSites),
    };
  }

  /** Keeps one worker busy until the queue is empty. @param followers collects the sites that follow each test case. */
  async #work(
    worker: number,
    queue: WorkQueue,
    followers: Map<number, readonly InjectionSite[]> | null,
  ): Promise<void> {
    while (this.#options.signal?.aborted !== true) {
      const batch = queue.next(worker);
      if (batch.length === 0) return;
      const outcome = await Promise.race([this.#pool.perform(worker, batch, followers !== null), this.#aborted]);
      if (outcome === null) return;
      for (const [index, sites] of outcome.followers.entries()) followers?.set((batch[index] as TestCase).order, sites);
      for (const [index, step] of (outcome.newSteps ?? []).entries()) {
        if (step !== null) this.#noteStep(batch[index] as TestCase, step);
      }
      this.#add(outcome);
      const total = followers === null ? this.#chosen : this.#options.budget;
      this.#onProgress({ done: this.#done, total, findings: this.#buckets.size });
    }
  }

  #noteStep(testCase: TestCase, { step, access }: NewStep): void {
    const key = `${testCase.injections[0]?.kind} ${step}`;
    const known = this.#newSteps.get(key);
    if (known === undefined || testCase.order < known.testCase.order) this.#newSteps.set(key, { testCase, access });
  }

  #add({ testCases, executed, executedSites, buckets, undecided, cases = [] }: TestOutcome): void {
    for (const name of cases) this.#ran.add(name);
    for (const [rule, count] of Object.entries(undecided))
      this.#undecided.set(rule, (this.#undecided.get(rule) ?? 0) + count);
    for (const delta of buckets) this.#buckets.merge(delta);
    for (const pc of executedSites) this.#executedSites.add(pc);
    this.#done += testCases;
    this.#executed += executed;
  }
}

function findingOf({ finding, console, cause, symptom, testCases, triggers }: Bucket & BucketCount): CheckFinding {
  const sorted = Object.entries(triggers).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...finding,
    console,
    cause: cause.cause,
    symptom,
    runs: testCases,
    triggers: Object.fromEntries(sorted.map(([trigger, occurrences]) => [trigger, occurrences.length])),
    occurrences: Object.fromEntries(sorted.map(([trigger, occurrences]) => [trigger, shorten(occurrences)])),
  };
}
