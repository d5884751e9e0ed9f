import { damaged } from './errors.ts';

/** Steps that a byte of debug information may cost. What compilers write costs a few. */
const STEPS_PER_BYTE = 32;
const FLOOR = 1_000_000;
const CEILING = 2 ** 30;

/**
 * What one question about debug information may cost. References into shared tables make it possible to write
 * kilobytes that take years to follow; this makes the cost linear in the size.
 */
export class Work {
  readonly #limit: number;
  #left: number;

  constructor(bytes: number) {
    this.#limit = Math.min(FLOOR + bytes * STEPS_PER_BYTE, CEILING);
    this.#left = this.#limit;
  }

  /** A new question begins. */
  refill(): void {
    this.#left = this.#limit;
  }

  /** Throws `dwarf.damaged` when the question has cost too much. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw damaged('it refers to itself over and over');
  }
}
