import type { Finding } from '../judge/index.ts';
import { EVIDENCE, type Evidence } from '../tclo-host/index.ts';

/** The findings of one cause: the first one with the mildest plan. Plain data. */
export interface Bucket {
  /** Identifies the cause: the violated rule, the state of the guest, and the places in its code. */
  readonly cause: string;
  /** The cause without the places. It is the same for another build of the guest. */
  readonly symptom: string;
  /** The number of the first test case that shows it. */
  readonly order: number;
  /** The class of that test case's plan. */
  readonly evidence: Evidence;
  /** Its position among the violations of that test case. */
  readonly rank: number;
  readonly finding: Finding;
  /** What the guest printed from the first injection on. */
  readonly console: readonly string[];
}

/** How often a cause occurred. */
export interface BucketCount {
  /** Test cases that show it. */
  readonly testCases: number;
  /** The injections that caused it, in words without numbers, each with its number of test cases. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** The change of one bucket since a worker last reported it. Plain data. */
export interface BucketDelta extends BucketCount {
  readonly cause: string;
  /** Null if the worker has reported the bucket and has seen no earlier test case since. */
  readonly first: Bucket | null;
}

/** Findings by cause. Each bucket keeps the finding of its first test case of the mildest class. */
export class Buckets {
  readonly #known = new Map<string, Bucket>();
  readonly #counts = new Map<string, { testCases: number; readonly triggers: Map<string, number> }>();
  /** Causes whose first finding is not reported yet. */
  readonly #unreported = new Set<string>();

  /** Adds one test case. @param find builds the finding; called only for the first of its cause. */
  see(
    what: Omit<Bucket, 'finding' | 'console'>,
    trigger: string,
    find: () => Pick<Bucket, 'finding' | 'console'>,
  ): void {
    if (this.#isFirst(what)) this.#keep({ ...what, ...find() });
    this.#add(what.cause, 1, [[trigger, 1]]);
  }

  /** Adds what a worker reported. */
  merge({ cause, first, testCases, triggers }: BucketDelta): void {
    if (first !== null && this.#isFirst(first)) this.#keep(first);
    this.#add(cause, testCases, Object.entries(triggers));
  }

  /** Whether some test case has shown a cause. */
  has(cause: string): boolean {
    return this.#known.has(cause);
  }

  /** The number of causes. */
  get size(): number {
    return this.#known.size;
  }

  /** In the order of their first test cases. */
  get list(): (Bucket & BucketCount)[] {
    const list = [...this.#known.values()].map((known) => ({ ...known, ...this.#countOf(known.cause) }));
    return list.sort(byAppearance);
  }

  /** Returns the changes since the last call and sets the counts to zero. */
  take(): BucketDelta[] {
    const deltas = [...this.#counts.keys()].map((cause) => ({
      cause,
      first: this.#unreported.has(cause) ? (this.#known.get(cause) ?? null) : null,
      ...this.#countOf(cause),
    }));
    this.#counts.clear();
    this.#unreported.clear();
    return deltas;
  }

  #isFirst(bucket: Pick<Bucket, 'cause' | 'order' | 'evidence'>): boolean {
    const known = this.#known.get(bucket.cause);
    return known === undefined || (byClass(bucket, known) || bucket.order - known.order) < 0;
  }

  #keep(bucket: Bucket): void {
    this.#known.set(bucket.cause, bucket);
    this.#unreported.add(bucket.cause);
  }

  #add(cause: string, testCases: number, triggers: readonly (readonly [string, number])[]): void {
    const count = this.#counts.get(cause) ?? { testCases: 0, triggers: new Map<string, number>() };
    count.testCases += testCases;
    for (const [trigger, times] of triggers) count.triggers.set(trigger, (count.triggers.get(trigger) ?? 0) + times);
    this.#counts.set(cause, count);
  }

  #countOf(cause: string): BucketCount {
    const { testCases = 0, triggers = [] } = this.#counts.get(cause) ?? {};
    return { testCases, triggers: Object.fromEntries(triggers) };
  }
}

/** Compares by test case, then by position in it. */
export const byAppearance = (a: Bucket, b: Bucket): number => a.order - b.order || a.rank - b.rank;

const byClass = (a: Pick<Bucket, 'evidence'>, b: Pick<Bucket, 'evidence'>): number =>
  EVIDENCE.indexOf(a.evidence) - EVIDENCE.indexOf(b.evidence);
