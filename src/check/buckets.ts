import type { Finding } from '../judge/index.ts';

/** Something that is wrong with a life, and where it showed first. Plain data. */
export interface Bucket {
  /** What tells this cause from others: which rule broke, how the guest was then, and where. */
  readonly cause: string;
  /** The same without the places: what remains of it from one build of the guest to another. */
  readonly symptom: string;
  /** The first trial that shows it. */
  readonly order: number;
  /** Its place among all that this trial shows. */
  readonly rank: number;
  readonly finding: Finding;
  /** What the guest printed from its first fault on. */
  readonly console: readonly string[];
}

/** How often a cause showed. */
export interface BucketCount {
  /** How many trials show it. */
  readonly testCases: number;
  /** What brought it about, in words without numbers, each with how often. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** What is new of a cause. Plain data. */
export interface BucketDelta extends BucketCount {
  readonly cause: string;
  /** Null: it was told before, and no earlier trial has shown it since. */
  readonly first: Bucket | null;
}

/** Discoveries by cause, the first trial of each kept. */
export class Buckets {
  readonly #known = new Map<string, Bucket>();
  readonly #counts = new Map<string, { testCases: number; readonly triggers: Map<string, number> }>();
  /** Causes of which the first trial was not told yet. */
  readonly #unreported = new Set<string>();

  /** One trial shows it. @param find is asked only where it is the first of its cause. */
  see(
    what: Omit<Bucket, 'finding' | 'console'>,
    trigger: string,
    find: () => Pick<Bucket, 'finding' | 'console'>,
  ): void {
    if (this.#isFirst(what)) this.#keep({ ...what, ...find() });
    this.#add(what.cause, 1, [[trigger, 1]]);
  }

  /** What somebody else has seen. */
  merge({ cause, first, testCases, triggers }: BucketDelta): void {
    if (first !== null && this.#isFirst(first)) this.#keep(first);
    this.#add(cause, testCases, Object.entries(triggers));
  }

  /** How many causes there are. */
  get size(): number {
    return this.#known.size;
  }

  /** In the order of their first trials. */
  get list(): (Bucket & BucketCount)[] {
    const list = [...this.#known.values()].map((known) => ({ ...known, ...this.#countOf(known.cause) }));
    return list.sort(byAppearance);
  }

  /** Hands over what is new since the last call. */
  take(): BucketDelta[] {
    const tallies = [...this.#counts.keys()].map((cause) => ({
      cause,
      first: this.#unreported.has(cause) ? (this.#known.get(cause) ?? null) : null,
      ...this.#countOf(cause),
    }));
    this.#counts.clear();
    this.#unreported.clear();
    return tallies;
  }

  #isFirst({ cause, order }: Pick<Bucket, 'cause' | 'order'>): boolean {
    const known = this.#known.get(cause);
    return known === undefined || order < known.order;
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

/** In the order of the trials. */
export const byAppearance = (a: Bucket, b: Bucket): number => a.order - b.order || a.rank - b.rank;
