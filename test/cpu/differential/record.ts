import { REGISTER_ORDER, type RegisterName } from '../../../src/cpu/index.ts';
import type { Window } from './places.ts';

/**
 * One execution: registers in the order of REGISTER_ORDER, the vector of the exception that ended it, then the windows'
 * bytes. `native.c` reads and writes the same layout, all little endian.
 */
const VECTOR = REGISTER_ORDER.length;
const WORDS: number = VECTOR + 1;

const INDEX: ReadonlyMap<RegisterName, number> = new Map(REGISTER_ORDER.map((name, index) => [name, index]));

/** Records of one size, side by side. */
export class Records {
  readonly bytes: Uint8Array;
  readonly windows: readonly Window[];
  readonly count: number;
  readonly #words: BigUint64Array;
  /** 64-bit words a record. */
  readonly #stride: number;
  readonly #offsets: ReadonlyMap<Window, number>;

  constructor(count: number, windows: readonly Window[], bytes?: Uint8Array) {
    this.windows = windows;
    this.count = count;
    let size = WORDS * 8;
    const offsets = new Map<Window, number>();
    for (const window of windows) {
      offsets.set(window, size);
      size += window.size;
    }
    this.#offsets = offsets;
    this.#stride = size / 8;
    this.bytes = bytes ?? new Uint8Array(count * size);
    if (this.bytes.length !== count * size)
      throw new Error(`${this.bytes.length} bytes for ${count} records of ${size}`);
    this.#words = new BigUint64Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length / 8);
  }

  get(record: number, register: RegisterName): bigint {
    return this.#words[record * this.#stride + (INDEX.get(register) as number)] as bigint;
  }

  set(record: number, register: RegisterName, value: bigint): void {
    this.#words[record * this.#stride + (INDEX.get(register) as number)] = value;
  }

  vector(record: number): number {
    return Number(this.#words[record * this.#stride + VECTOR]);
  }

  setVector(record: number, vector: number): void {
    this.#words[record * this.#stride + VECTOR] = BigInt(vector);
  }

  /** The bytes themselves, not a copy. */
  window(record: number, window: Window): Uint8Array {
    const start = record * this.#stride * 8 + (this.#offsets.get(window) as number);
    return this.bytes.subarray(start, start + window.size);
  }
}
