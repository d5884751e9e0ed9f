/** Collects text up to a limit and counts all of it, as snprintf does. */
export class BoundedOutput {
  readonly #bytes: Uint8Array;
  #stored = 0;
  #length = 0;

  constructor(limit: number) {
    this.#bytes = new Uint8Array(Math.max(0, limit));
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
    const fit = bytes.subarray(0, this.#bytes.length - this.#stored);
    this.#bytes.set(fit, this.#stored);
    this.#stored += fit.length;
    this.#length += bytes.length;
  }

  text(text: string): void {
    this.put(Buffer.from(text, 'latin1'));
  }

  /** `count` times the same character, without work for those that are not stored. */
  repeat(character: string, count: number): void {
    if (count <= 0) return;
    const end = Math.min(this.#bytes.length, this.#stored + count);
    this.#bytes.fill(character.charCodeAt(0), this.#stored, end);
    this.#stored = end;
    this.#length += count;
  }
}
