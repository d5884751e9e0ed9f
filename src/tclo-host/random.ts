import { type StateCell, States } from '../state.ts';

const STEP = 0x9e3779b9;

function mixed(state: number): number {
  let word = state;
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return (word ^ (word >>> 15)) >>> 0;
}

/** The `index`-th number of the generator with that seed, from 0: it has no past. */
export const randomAt = (seed: number, index: number): number => mixed((seed + Math.imul(index + 1, STEP)) >>> 0);

/** A small seeded generator (a Weyl sequence, mixed): the same seed, the same numbers, and a state of one word. */
export class Random {
  readonly state: StateCell<{ word: number }>;

  /** @param states of what it is a part of. @param name of its state there. */
  constructor(seed: number, states: States = new States(), name = 'random') {
    this.state = states.cell(name, { word: seed >>> 0 });
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    const { change } = this.state;
    change.word = (change.word + STEP) >>> 0;
    return mixed(change.word);
  }

  /** The next number that is not 0: a cookie. */
  nextNonZero(): number {
    for (;;) {
      const word = this.next();
      if (word !== 0) return word;
    }
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return this.next() % bound;
  }
}
