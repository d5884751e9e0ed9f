const STEP = 0x9e3779b9;

function mixed(state: number): number {
  let word = state;
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return (word ^ (word >>> 15)) >>> 0;
}

/** The `index`-th number of the generator with that seed, from 0: it has no past. */
export const randomAt = (seed: number, index: number): number => mixed((seed + Math.imul(index + 1, STEP)) >>> 0);

/** Tells the two streams of cookies of one seed apart. */
const TCLO_STREAM = 0x54434c4f;

/** The cookies of each protocol: how often a guest spoke one shows in no cookie of the other. */
export const cookieStreams = (seed: number): { readonly rpci: Random; readonly tclo: Random } => ({
  rpci: new Random(seed),
  tclo: new Random(seed ^ TCLO_STREAM),
});

/** A small seeded generator (a Weyl sequence, mixed): the same seed, the same numbers, and a state of one word. */
export class Random {
  state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    this.state = (this.state + STEP) >>> 0;
    return mixed(this.state);
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
