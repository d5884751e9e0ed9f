import { closeSync, openSync, writeSync } from 'node:fs';
import { VmtbenchError } from '../errors.ts';

const BUFFER_SIZE = 64 << 10;

/** A trace's file, written through one buffer of 64 KiB. All methods throw `trace.unwritable`. */
export interface TraceFile {
  /** The sink: hand it to a `TraceWriter`. */
  readonly write: (bytes: Uint8Array) => void;
  flush(): void;
  /** Writes what is left and closes the file. A second call does nothing. */
  close(): void;
}

/** Opens a file for a trace, emptied. Throws `trace.unwritable`. */
export const fileSink = (path: string): TraceFile => new FileSink(path);

class FileSink implements TraceFile {
  readonly #path: string;
  readonly #buffer: Buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  #used = 0;
  #descriptor: number | null;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = this.#attempt(() => openSync(path, 'w'));
  }

  readonly write = (bytes: Uint8Array): void => {
    if (bytes.length > BUFFER_SIZE - this.#used) this.flush();
    if (bytes.length > BUFFER_SIZE) {
      this.#writeAll(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  };

  flush(): void {
    const used = this.#used;
    this.#used = 0;
    this.#writeAll(this.#buffer.subarray(0, used));
  }

  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor === null) return;
    try {
      this.flush();
    } finally {
      this.#descriptor = null;
      closeSync(descriptor);
    }
  }

  #writeAll(bytes: Uint8Array): void {
    const descriptor = this.#descriptor;
    if (descriptor === null) throw this.#unwritable('it is closed');
    let done = 0;
    while (done < bytes.length) done += this.#attempt(() => writeSync(descriptor, bytes, done, bytes.length - done));
  }

  #attempt<Result>(write: () => Result): Result {
    try {
      return write();
    } catch (cause) {
      throw this.#unwritable(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #unwritable(why: string, cause?: unknown): VmtbenchError {
    const message = `cannot write the trace ${this.#path}: ${why}`;
    return new VmtbenchError('trace.unwritable', message, 'name a file in a folder that exists, with space left', {
      cause,
    });
  }
}
