import type { Trial } from './trial.ts';

/** Trials that a member of the crew is given at a time. */
const BATCH = 64;

/** The same trials, those with the same strikes in a row, by the place of the strikes: neighbours share most. */
export function byStrikes(trials: readonly Trial[]): Trial[] {
  return [...trials].sort(compareStrikes);
}

function compareStrikes(a: Trial, b: Trial): number {
  for (const [index, strike] of a.strikes.entries()) {
    const other = b.strikes[index];
    if (other === undefined) return 1;
    if (strike.access !== other.access) return strike.access - other.access;
    if (strike.kind !== other.kind) return strike.kind < other.kind ? -1 : 1;
  }
  return a.strikes.length - b.strikes.length || a.variant - b.variant;
}

/** A list in pieces, one for each member of a crew, who takes of another's when the own one is done. */
export class Lanes {
  readonly #lanes: Trial[][];

  constructor(trials: readonly Trial[], members: number) {
    const size = Math.ceil(trials.length / members);
    this.#lanes = Array.from({ length: members }, (_, member) => trials.slice(member * size, (member + 1) * size));
  }

  /** What a member does next; empty: all is done, or under way. */
  next(member: number): Trial[] {
    const own = this.#lanes[member] ?? [];
    if (own.length > 0) return own.splice(0, BATCH);
    const longest = this.#lanes.reduce((best, lane) => (lane.length > best.length ? lane : best), own);
    return longest.splice(-BATCH);
  }
}
