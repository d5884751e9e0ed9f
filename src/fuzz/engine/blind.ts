import { Random } from '../../random.ts';
import { RECORD } from '../input/records.ts';

/** Records of one input at most. */
const MOST = 12;

/** Inputs of random bytes, without feedback: what an engine must beat. */
export class BlindInputs {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  next(): Uint8Array {
    const length = RECORD * (1 + this.#random.below(MOST));
    return Uint8Array.from({ length }, () => this.#random.below(256));
  }
}
