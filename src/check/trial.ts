import type { Finding } from '../scenario/index.ts';
import type { StrikeKind } from './strikes.ts';

/** What strikes at which port access, counted from 0. */
export interface PlannedStrike {
  readonly access: number;
  readonly kind: StrikeKind;
}

/** One life to be lived: plain data. */
export interface Trial {
  /** Its place among all trials: of two findings of one cause the earlier trial's is told. */
  readonly order: number;
  /** Which of the hosts. */
  readonly variant: number;
  /** In the order of their accesses; none is the life without faults. */
  readonly strikes: readonly PlannedStrike[];
}

/** A port access of a life, as far as those who plan the next trials ask. */
export interface Site {
  readonly access: number;
  readonly kinds: readonly StrikeKind[];
}

/** What trials have found, by cause. Plain data. */
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
  /** How many trials show it. */
  readonly trials: number;
  /** What brought it about, in words without numbers, each with how often. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** How often a cause showed. */
interface Count {
  trials: number;
  readonly triggers: Map<string, number>;
}

type Uncounted = Omit<Discovery, 'trials' | 'triggers'>;

/** Discoveries by cause, the first trial of each kept. */
export class Discoveries {
  readonly #known = new Map<string, Uncounted>();
  readonly #counts = new Map<string, Count>();

  /** @param find is asked only where it is the first of its cause. */
  add(found: Omit<Discovery, 'finding' | 'console'>, find: () => Pick<Discovery, 'finding' | 'console'>): void {
    const { trials, triggers, ...what } = found;
    const known = this.#known.get(what.cause);
    if (known === undefined || what.order < known.order) this.#known.set(what.cause, { ...what, ...find() });
    const count = this.#counts.get(what.cause) ?? { trials: 0, triggers: new Map() };
    count.trials += trials;
    for (const [trigger, times] of Object.entries(triggers)) {
      count.triggers.set(trigger, (count.triggers.get(trigger) ?? 0) + times);
    }
    this.#counts.set(what.cause, count);
  }

  /** How many causes there are. */
  get size(): number {
    return this.#known.size;
  }

  /** In the order of their first trials. */
  get list(): Discovery[] {
    const list = [...this.#counts].map(([cause, { trials, triggers }]) => ({
      ...(this.#known.get(cause) as Uncounted),
      trials,
      triggers: Object.fromEntries(triggers),
    }));
    return list.sort(byAppearance);
  }

  /** Hands over what was found since the last call, and forgets only the counts: what is known stays known. */
  take(): Discovery[] {
    const { list } = this;
    this.#counts.clear();
    return list;
  }
}

/** In the order of the trials. */
export const byAppearance = (a: Discovery, b: Discovery): number => a.order - b.order || a.rank - b.rank;
