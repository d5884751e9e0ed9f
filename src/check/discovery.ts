import type { Finding } from '../judge/index.ts';

/** Something that is wrong with a life, and where it showed first. Plain data. */
export interface Discovery {
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
export interface Count {
  /** How many trials show it. */
  readonly trials: number;
  /** What brought it about, in words without numbers, each with how often. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** What is new of a cause. Plain data. */
export interface Tally extends Count {
  readonly cause: string;
  /** Null: it was told before, and no earlier trial has shown it since. */
  readonly first: Discovery | null;
}

/** Discoveries by cause, the first trial of each kept. */
export class Discoveries {
  readonly #known = new Map<string, Discovery>();
  readonly #counts = new Map<string, { trials: number; readonly triggers: Map<string, number> }>();
  /** Causes of which the first trial was not told yet. */
  readonly #untold = new Set<string>();

  /** One trial shows it. @param find is asked only where it is the first of its cause. */
  see(
    what: Omit<Discovery, 'finding' | 'console'>,
    trigger: string,
    find: () => Pick<Discovery, 'finding' | 'console'>,
  ): void {
    if (this.#isFirst(what)) this.#keep({ ...what, ...find() });
    this.#add(what.cause, 1, [[trigger, 1]]);
  }

  /** What somebody else has seen. */
  merge({ cause, first, trials, triggers }: Tally): void {
    if (first !== null && this.#isFirst(first)) this.#keep(first);
    this.#add(cause, trials, Object.entries(triggers));
  }

  /** How many causes there are. */
  get size(): number {
    return this.#known.size;
  }

  /** In the order of their first trials. */
  get list(): (Discovery & Count)[] {
    const list = [...this.#known.values()].map((known) => ({ ...known, ...this.#countOf(known.cause) }));
    return list.sort(byAppearance);
  }

  /** Hands over what is new since the last call. */
  take(): Tally[] {
    const tallies = [...this.#counts.keys()].map((cause) => ({
      cause,
      first: this.#untold.has(cause) ? (this.#known.get(cause) ?? null) : null,
      ...this.#countOf(cause),
    }));
    this.#counts.clear();
    this.#untold.clear();
    return tallies;
  }

  #isFirst({ cause, order }: Pick<Discovery, 'cause' | 'order'>): boolean {
    const known = this.#known.get(cause);
    return known === undefined || order < known.order;
  }

  #keep(discovery: Discovery): void {
    this.#known.set(discovery.cause, discovery);
    this.#untold.add(discovery.cause);
  }

  #add(cause: string, trials: number, triggers: readonly (readonly [string, number])[]): void {
    const count = this.#counts.get(cause) ?? { trials: 0, triggers: new Map<string, number>() };
    count.trials += trials;
    for (const [trigger, times] of triggers) count.triggers.set(trigger, (count.triggers.get(trigger) ?? 0) + times);
    this.#counts.set(cause, count);
  }

  #countOf(cause: string): Count {
    const { trials = 0, triggers = [] } = this.#counts.get(cause) ?? {};
    return { trials, triggers: Object.fromEntries(triggers) };
  }
}

/** In the order of the trials. */
export const byAppearance = (a: Discovery, b: Discovery): number => a.order - b.order || a.rank - b.rank;
