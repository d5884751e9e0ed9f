import type { States } from './state.ts';

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

/** Where a generator keeps its 32 bits. */
export interface HasRandom {
  random: number;
}

/** A small seeded generator (a Weyl sequence, mixed): the same seed, the same numbers, and a state of one word. */
export class Random {
  readonly #holder: () => HasRandom;
  readonly #mix: Mix;

  /** @param source a seed, or what keeps the 32 bits, to be changed: the state of a whole that has snapshots. */
  constructor(source: number | (() => HasRandom), mix: Mix = HOST_MIX) {
    const own: HasRandom = { random: typeof source === 'number' ? source >>> 0 : 0 };
    this.#holder = typeof source === 'number' ? () => own : source;
    this.#mix = mix;
  }

  /** 32 bits. */
  get state(): number {
    return this.#holder().random;
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    const holder = this.#holder();
    holder.random = (holder.random + STEP) >>> 0;
    return mixed(holder.random, this.#mix);
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

/** A generator whose word is a part of a whole's state. @param name of its cell there. */
export function randomIn(states: States, name: string, seed: number, mix: Mix = HOST_MIX): Random {
  const cell = states.cell<HasRandom>(name, { random: seed >>> 0 });
  return new Random(() => cell.change, mix);
}
