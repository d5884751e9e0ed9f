/** Where a generator keeps its 32 bits: a kernel's state. */
export interface HasRandom {
  random: number;
}

/** A small deterministic generator (splitmix32): what a kernel calls random is the same at every run. */
export class Random {
  readonly #holder: () => HasRandom;

  /** @param holder what keeps the 32 bits, to be changed. */
  constructor(holder: () => HasRandom) {
    this.#holder = holder;
  }

  /** An unsigned 32-bit number. */
  next(): number {
    const holder = this.#holder();
    holder.random = (holder.random + 0x9e3779b9) >>> 0;
    let value = holder.random;
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
    return (value ^ (value >>> 16)) >>> 0;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }
}
