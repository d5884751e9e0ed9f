import type { StateCell, States } from './state.ts';

/** How a generator mixes the words of its sequence: shift, multiply, shift, multiply, shift. */
export interface Mix {
  readonly shift1: number;
  readonly factor1: number;
  readonly shift2: number;
  readonly factor2: number;
  readonly shift3: number;
}

/** Of the host's cookies and faults, and of what a plan draws. */
export const HOST_MIX: Mix = { shift1: 16, factor1: 0x21f0aaad, shift2: 15, factor2: 0x735a2d97, shift3: 15 };
/** Of what a kernel calls random: the finaliser of MurmurHash3. */
export const KERNEL_MIX: Mix = { shift1: 16, factor1: 0x85ebca6b, shift2: 13, factor2: 0xc2b2ae35, shift3: 16 };

/** What the sequence goes on by. */
const STEP = 0x9e3779b9;

function mixed(state: number, { shift1, factor1, shift2, factor2, shift3 }: Mix): number {
  let word = Math.imul(state ^ (state >>> shift1), factor1);
  word = Math.imul(word ^ (word >>> shift2), factor2);
  return (word ^ (word >>> shift3)) >>> 0;
}

/** The `index`-th number of the host's generator with that seed, from 0: it has no past. */
export const randomAt = (seed: number, index: number): number =>
  mixed((seed + Math.imul(index + 1, STEP)) >>> 0, HOST_MIX);

/** Where a generator keeps its 32 bits: the state of a part, or its own. */
export interface HasRandom {
  random: number;
}

type RandomCell = Pick<StateCell<HasRandom>, 'now' | 'change'>;

/** A small seeded generator (a Weyl sequence, mixed): the same seed, the same numbers, and a state of one word. */
export class Random {
  readonly #cell: RandomCell;
  readonly #mix: Mix;

  /** @param source a seed, or the state that keeps the 32 bits. */
  constructor(source: number | RandomCell, mix: Mix = HOST_MIX) {
    this.#cell = typeof source === 'number' ? seeded(source) : source;
    this.#mix = mix;
  }

  /** 32 bits. */
  get state(): number {
    return this.#cell.now.random;
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    const state = this.#cell.change;
    state.random = (state.random + STEP) >>> 0;
    return mixed(state.random, this.#mix);
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

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }
}

function seeded(seed: number): RandomCell {
  const own: HasRandom = { random: seed >>> 0 };
  return { now: own, change: own };
}

/** A generator whose word is a part of a whole's state. @param name of its cell there. */
export function randomIn(states: States, name: string, seed: number, mix: Mix = HOST_MIX): Random {
  return new Random(states.cell<HasRandom>(name, { random: seed >>> 0 }), mix);
}
