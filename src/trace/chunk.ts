import { createHash, type Hash } from 'node:crypto';
import { DIGEST_BYTES } from './format.ts';

/** Where a trace goes. The bytes are the receiver's to keep. */
export type TraceSink = (bytes: Uint8Array) => void;

const CHUNK = 16 << 10;

/** Collects a trace into chunks. A chunk enters the digest when it leaves, so that an access costs no call. */
export class ChunkWriter {
  /** Where the next byte goes. */
  at = 0;

  readonly #sink: TraceSink;
  readonly #hash: Hash = createHash('sha256');
  #bytes: Uint8Array = Buffer.allocUnsafeSlow(CHUNK);
  #from = 0;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** The bytes to write into, with room for `size` from {@link ChunkWriter.at} on. Who writes moves `at`. */
  room(size: number): Uint8Array {
    if (size > this.#bytes.length - this.at) this.#next(size);
    return this.#bytes;
  }

  put(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Hands over what has been collected. */
  flush(): void {
    if (this.at === this.#from) return;
    const bytes = this.#bytes.subarray(this.#from, this.at);
    this.#from = this.at;
    this.#hash.update(bytes);
    this.#sink(bytes);
  }

  /** The last value: the digest of all bytes before. */
  digest(): void {
    this.flush();
    this.#sink(Uint8Array.of(0xc4, DIGEST_BYTES, ...this.#hash.digest()));
  }

  #next(size: number): void {
    this.flush();
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK, size));
    this.#from = 0;
    this.at = 0;
  }
}
