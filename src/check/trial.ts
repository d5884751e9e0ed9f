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
  readonly finding: Finding;
  /** What the guest printed from its first fault on. */
  readonly console: readonly string[];
  /** How many trials show it. */
  readonly trials: number;
  /** What brought it about, in words without numbers, each with how often. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** Discoveries by cause, the first trial of each kept. */
export class Discoveries {
  readonly #byCause = new Map<string, Discovery>();

  /** @param find is asked only where it is the first of its cause. */
  add(found: Omit<Discovery, 'finding' | 'console'>, find: () => Pick<Discovery, 'finding' | 'console'>): void {
    const known = this.#byCause.get(found.cause);
    const first = known === undefined || found.order < known.order;
    this.#byCause.set(found.cause, {
      ...(first ? { ...found, ...find() } : known),
      trials: found.trials + (known?.trials ?? 0),
      triggers: sum(known?.triggers ?? {}, found.triggers),
    });
  }

  /** In the order of their first trials. */
  get list(): Discovery[] {
    return [...this.#byCause.values()].sort((a, b) => a.order - b.order);
  }

  /** Hands over what was found since the last call, and forgets only the counts: what is known stays known. */
  take(): Discovery[] {
    const list = this.list.filter(({ trials }) => trials > 0);
    for (const found of list) this.#byCause.set(found.cause, { ...found, trials: 0, triggers: {} });
    return list;
  }
}

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const all: Record<string, number> = { ...a };
  for (const [key, count] of Object.entries(b)) all[key] = (all[key] ?? 0) + count;
  return all;
}
