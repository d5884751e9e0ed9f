import type { Watcher } from '../judge/index.ts';

/** Where progress goes: stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two lines on a terminal, where each is written over the one before, and in a file or pipe. */
const TERMINAL_PAUSE = 100;
const PIPE_PAUSE = 30_000;

/** The progress of long work: on a terminal one line that changes, else a line every 30 seconds. */
export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  readonly #started: number;
  #last: number;
  #shown = false;

  /** @param now real milliseconds. */
  constructor(stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
    this.#started = now();
    this.#last = this.#started;
  }

  /** @param text of the line, from the real seconds since the start; called only when a line is due. */
  show(text: (elapsed: number) => string): void {
    const now = this.#now();
    const terminal = this.#stream.isTTY === true;
    if (now - this.#last < (terminal ? TERMINAL_PAUSE : PIPE_PAUSE)) return;
    this.#last = now;
    const line = text((now - this.#started) / 1000);
    this.#stream.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
    this.#shown = terminal;
  }

  /** Takes the line off the terminal, for other output. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K');
    this.#shown = false;
  }
}

/** `12/s, 34 s left`. @param elapsed seconds since the start. */
export function paceOf(done: number, total: number, elapsed: number): string {
  const rate = done / Math.max(elapsed, 0.001);
  return `${Math.round(rate)}/s, ${Math.ceil((total - done) / Math.max(rate, 1e-9))} s left`;
}

/** Idle moments between two looks at the real clock. */
const IDLES = 64;

/** Shows how far a run of one guest has come. Before the watchers that print: it takes its line away for them. */
export function runProgress(progress: ProgressLine, until: number): Watcher {
  let idles = 0;
  const clear = (): void => progress.clear();
  return {
    idle: (at) => {
      if (++idles % IDLES !== 0) return;
      progress.show((elapsed) => {
        const [done, total] = [at / 1e9, until / 1e9];
        return `${Math.floor(done)} of ${Math.ceil(total)} virtual seconds, ${paceOf(done, total, elapsed)}`;
      });
    },
    console: clear,
    hostEvent: clear,
    preempted: clear,
  };
}
