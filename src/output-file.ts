import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';

/**
 * A file that is there whole or not at all: it is written beside its place and renamed at the end, so that what stood
 * there before stays until then. What is no plain file (a pipe, a terminal, /dev/null) is written at once.
 * All methods throw what node:fs throws.
 */
export class OutputFile {
  readonly #place: string;
  readonly #written: string;
  #descriptor: number | null;

  constructor(path: string) {
    const there = statSync(path, { throwIfNoEntry: false });
    // A link stays a link: what it leads to is replaced.
    this.#place = there === undefined ? path : realpathSync(path);
    this.#written = there === undefined || there.isFile() ? `${this.#place}.${process.pid}.part` : this.#place;
    this.#descriptor = openSync(this.#written, 'w', there?.isFile() === true ? there.mode : 0o666);
  }

  write(bytes: Uint8Array): void {
    if (this.#descriptor === null) throw new Error('it is closed');
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done);
    }
  }

  /** What was written is whole: it takes its place. */
  keep(): void {
    if (!this.#close() || this.#written === this.#place) return;
    renameSync(this.#written, this.#place);
  }

  /** What was written is of no use. Does nothing after {@link keep}. */
  discard(): void {
    if (this.#close() && this.#written !== this.#place) rmSync(this.#written, { force: true });
  }

  #close(): boolean {
    const descriptor = this.#descriptor;
    if (descriptor === null) return false;
    this.#descriptor = null;
    closeSync(descriptor);
    return true;
  }
}
