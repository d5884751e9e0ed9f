import { createHash, type Hash } from 'node:crypto';

const FIRST_SIZE = 1 << 16;

/** The part of a byte stream that is being looked at. It grows by what arrives, never by what was announced. */
export class ByteWindow {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_SIZE);
  /** In {@link bytes}: the first byte that is not consumed, and the end of what has arrived. */
  start = 0;
  end = 0;
  /** Of `start`, in the stream. */
  offset = 0;

  readonly #chunks: Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  readonly #hash: Hash = createHash('sha256');
  /** In {@link bytes}: the first byte that is not in the digest. */
  #hashed = 0;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]();
  }

  /** Bytes that have arrived and are not consumed. */
  get held(): number {
    return this.end - this.start;
  }

  peek(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  consume(count: number): void {
    this.start += count;
    this.offset += count;
  }

  /** SHA-256 of the stream up to `offset`, a place inside what was consumed last. Once. */
  digestUpTo(offset: number): Uint8Array {
    this.#digest(this.start - (this.offset - offset));
    return this.#hash.digest();
  }

  #digest(end: number): void {
    if (end > this.#hashed) this.#hash.update(this.bytes.subarray(this.#hashed, end));
    this.#hashed = Math.max(this.#hashed, end);
  }

  /** Whether there is another byte. */
  more(): boolean {
    return this.fill(1);
  }

  /** Takes bytes until `size` are there. False: the stream ends before. */
  fill(size: number): boolean {
    while (this.held < size) {
      if (this.#rest.length === 0) {
        const next = this.#chunks.next();
        if (next.done === true) return false;
        this.#rest = next.value;
      }
      // A chunk of any size is taken in pieces, so that it is not held twice.
      this.#append(this.#rest.subarray(0, FIRST_SIZE));
      this.#rest = this.#rest.subarray(FIRST_SIZE);
    }
    return true;
  }

  /** Lets go of the stream. */
  close(): void {
    this.#chunks.return?.();
  }

  #append(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  #makeRoom(count: number): void {
    this.#digest(this.start);
    this.#hashed = 0;
    const held = this.held;
    const fits = held + count <= this.bytes.length;
    const bytes = fits ? this.bytes : new Uint8Array(Math.max(2 * this.bytes.length, held + count));
    bytes.set(this.peek());
    this.bytes = bytes;
    this.start = 0;
    this.end = held;
  }
}
