/** Room at the start: most texts fit. */
const FIRST_ROOM = 256;

/** Collects text up to a limit and counts all of it, as snprintf does. */
export class BoundedOutput {
  readonly #limit: number;
  #bytes: Uint8Array;
  #stored = 0;
  #length = 0;

  constructor(limit: number) {
    this.#limit = Math.max(0, limit);
    this.#bytes = new Uint8Array(Math.min(this.#limit, FIRST_ROOM));
  }

  /** Bytes that were put, stored or not. */
  get length(): number {
    return this.#length;
  }

  /** What was stored. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#stored);
  }

  put(bytes: Uint8Array): void {
    const fit = this.#grow(bytes.length);
    this.#bytes.set(fit === bytes.length ? bytes : bytes.subarray(0, fit), this.#stored);
    this.#stored += fit;
    this.#length += bytes.length;
  }

  text(text: string): void {
    const fit = this.#grow(text.length);
    for (let at = 0; at < fit; at++) this.#bytes[this.#stored + at] = text.charCodeAt(at);
    this.#stored += fit;
    this.#length += text.length;
  }

  /** `count` times the same character, without work for those that are not stored. */
  repeat(character: string, count: number): void {
    if (count <= 0) return;
    const fit = this.#grow(count);
    this.#bytes.fill(character.charCodeAt(0), this.#stored, this.#stored + fit);
    this.#stored += fit;
    this.#length += count;
  }

  /** Makes room. @returns how many of `count` bytes are to be stored. */
  #grow(count: number): number {
    const wanted = Math.min(this.#limit, this.#stored + count);
    if (wanted > this.#bytes.length) {
      const longer = new Uint8Array(Math.min(this.#limit, Math.max(wanted, 2 * this.#bytes.length)));
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    return wanted - this.#stored;
  }
}
