import { VmtbenchError } from '../errors.ts';
import { parseTime } from '../plan/index.ts';

/** Why a command ended before its work was done. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'time';

/** The exit status after a signal, as a shell has it: 128 and the number of the signal. */
const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Timers hold no more milliseconds than this. */
const LONGEST = 2 ** 31 - 1;

/**
 * Ends a long command early, at SIGINT, SIGTERM or a time limit, so that it can print what it has found. A second
 * signal ends the process at once.
 */
export class EarlyEnd {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  #reason: StopReason | null = null;

  /** @param limit real time in the grammar of `--time`. @throws VmtbenchError `time`, `flag` for a limit that is none. */
  constructor(limit: string | undefined) {
    const milliseconds = limit === undefined ? null : parseLimit(limit);
    this.#timer = milliseconds === null ? null : setTimeout(() => this.#stop('time'), milliseconds);
    process.once('SIGINT', this.#onSignal);
    process.once('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Null: the command did all of its work. */
  get reason(): StopReason | null {
    return this.#reason;
  }

  /** The exit status after a signal, else null. */
  get exitStatus(): number | null {
    return this.#reason === null || this.#reason === 'time' ? null : EXIT_STATUS[this.#reason];
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // Without a listener the next signal has its usual effect.
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
    this.#stop(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
  };

  #stop(reason: StopReason): void {
    this.#reason ??= reason;
    this.#controller.abort();
  }
}

function parseLimit(text: string): number {
  const milliseconds = parseTime(text) / 1e6;
  if (milliseconds > 0) return Math.min(milliseconds, LONGEST);
  throw new VmtbenchError('flag', `--time ${text} is too small`, 'Give the real time that the check may take: 10m.');
}
