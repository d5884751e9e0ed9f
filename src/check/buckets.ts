import type { Finding } from '../judge/index.ts';
import { EVIDENCE, type Evidence } from '../tclo-host/index.ts';
import type { Cause } from './cause/namer.ts';
import type { CaseName } from './occurrences.ts';

/** The findings of one cause with one symptom: the smallest with the mildest plan. Plain data. */
export interface Bucket {
  readonly cause: Cause;
  /** The violated rule and the state of the guest. */
  readonly symptom: string;
  /** How much its smallest test case injects. */
  readonly size: number;
  /** The number of the first test case of that size that shows it. */
  readonly order: number;
  /** The class of that test case's plan. */
  readonly evidence: Evidence;
  /** Its position among the violations of that test case. */
  readonly rank: number;
  readonly finding: Finding;
  /** What the guest printed from the first injection on. */
  readonly console: readonly string[];
}

/** How often a bucket was filled. */
export interface BucketCount {
  /** Test cases that show it. */
  readonly testCases: number;
  /** Test cases that show no other bucket of its cause before it: over all of its buckets, those that show a cause. */
  readonly leads: number;
  /** The injections that caused it, in words without numbers, each with its occurrences. */
  readonly triggers: Readonly<Record<string, readonly string[]>>;
}

/** The change of one bucket since a worker last reported it. Plain data. */
export interface BucketDelta extends BucketCount {
  readonly key: string;
  /** Null if the worker has reported the bucket and has seen no earlier test case since. */
  readonly first: Bucket | null;
}

interface Count {
  testCases: number;
  leads: number;
  readonly triggers: Map<string, string[]>;
}

/** Identifies a bucket. */
export const bucketKey = ({ cause, symptom }: Pick<Bucket, 'cause' | 'symptom'>): string =>
  `${cause.cause}\n${symptom}`;

/** Findings by cause and symptom. Each bucket keeps the finding of its mildest test case, of several the smallest, then the first. */
export class Buckets {
  readonly #known = new Map<string, Bucket>();
  readonly #counts = new Map<string, Count>();
  /** Buckets whose first finding is not reported yet. */
  readonly #unreported = new Set<string>();

  /**
   * Adds one violation of a test case.
   * @param leads it is the first of its cause in that test case.
   * @param find builds the finding; called only where the bucket keeps it.
   */
  see(
    what: Omit<Bucket, 'finding' | 'console'>,
    { trigger, occurrence }: CaseName,
    leads: boolean,
    find: () => Pick<Bucket, 'finding' | 'console'>,
  ): void {
    const key = bucketKey(what);
    if (this.#isFirst(key, what)) this.#keep(key, { ...what, ...find() });
    this.#add(key, { testCases: 1, leads: leads ? 1 : 0, triggers: { [trigger]: [occurrence] } });
  }

  /** Adds what a worker reported. */
  merge({ key, first, ...count }: BucketDelta): void {
    if (first !== null && this.#isFirst(key, first)) this.#keep(key, first);
    this.#add(key, count);
  }

  /** Whether some test case has filled a bucket. */
  has(key: string): boolean {
    return this.#known.has(key);
  }

  get size(): number {
    return this.#known.size;
  }

  /** The mildest first, then the smallest, then in the order of their test cases. */
  get list(): (Bucket & BucketCount)[] {
    const list = [...this.#known].map(([key, known]) => ({ ...known, ...this.#countOf(key) }));
    return list.sort((a, b) => byClass(a, b) || bySize(a, b));
  }

  /** Returns the changes since the last call and sets the counts to zero. */
  take(): BucketDelta[] {
    const deltas = [...this.#counts.keys()].map((key) => ({
      key,
      first: this.#unreported.has(key) ? (this.#known.get(key) ?? null) : null,
      ...this.#countOf(key),
    }));
    this.#counts.clear();
    this.#unreported.clear();
    return deltas;
  }

  #isFirst(key: string, bucket: Sized): boolean {
    const known = this.#known.get(key);
    return known === undefined || (byClass(bucket, known) || bySize(bucket, known)) < 0;
  }

  #keep(key: string, bucket: Bucket): void {
    this.#known.set(key, bucket);
    this.#unreported.add(key);
  }

  #add(key: string, { testCases, leads, triggers }: BucketCount): void {
    const count = this.#counts.get(key) ?? { testCases: 0, leads: 0, triggers: new Map<string, string[]>() };
    count.testCases += testCases;
    count.leads += leads;
    for (const [trigger, occurrences] of Object.entries(triggers)) {
      const known = count.triggers.get(trigger);
      if (known === undefined) count.triggers.set(trigger, [...occurrences]);
      else known.push(...occurrences);
    }
    this.#counts.set(key, count);
  }

  #countOf(key: string): BucketCount {
    const { testCases = 0, leads = 0, triggers = new Map() } = this.#counts.get(key) ?? {};
    return { testCases, leads, triggers: Object.fromEntries(triggers) };
  }
}

type Sized = Pick<Bucket, 'size' | 'order' | 'rank' | 'evidence'>;

/** Compares by size, then by test case, then by position in it. */
export const bySize = (a: Sized, b: Sized): number => a.size - b.size || a.order - b.order || a.rank - b.rank;

const byClass = (a: Sized, b: Sized): number => EVIDENCE.indexOf(a.evidence) - EVIDENCE.indexOf(b.evidence);
