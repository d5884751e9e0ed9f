import { VmtbenchError } from '../errors.ts';
import { OutputFile } from '../output-file.ts';

const BUFFER_SIZE = 64 << 10;

/** A trace's file, written through one buffer of 64 KiB. All methods throw `trace.unwritable`. */
export interface TraceFile {
  /** The sink: hand it to a `TraceWriter`. */
  readonly write: (bytes: Uint8Array) => void;
  flush(): void;
  /** Writes what is left and puts the file in its place. A second call does nothing. */
  close(): void;
  /** The trace is of no use: what stood there before stays. Does nothing after {@link close}. */
  discard(): void;
}

/** Opens a file for a trace: it takes its place when it is closed. Throws `trace.unwritable`. */
export const fileSink = (path: string): TraceFile => new FileSink(path);

class FileSink implements TraceFile {
  readonly #path: string;
  readonly #buffer: Buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  #used = 0;
  readonly #file: OutputFile;
  #open = true;

  constructor(path: string) {
    this.#path = path;
    this.#file = this.#attempt(() => new OutputFile(path));
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
    if (!this.#open) return;
    this.#open = false;
    try {
      this.flush();
      this.#attempt(() => this.#file.keep());
    } finally {
      this.#file.discard();
    }
  }

  discard(): void {
    this.#open = false;
    this.#file.discard();
  }

  #writeAll(bytes: Uint8Array): void {
    this.#attempt(() => this.#file.write(bytes));
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
