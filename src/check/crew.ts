import { Worker } from 'node:worker_threads';
import { Laboratory, type Outcome, type Subject } from './laboratory.ts';
import type { Trial } from './trial.ts';

/** Whoever performs trials: in this thread, or several at once in others. */
export interface Crew {
  /** Batches that can be under way at a time. */
  readonly size: number;
  perform(trials: readonly Trial[], follow: boolean): Promise<Outcome>;
  close(): Promise<void>;
}

/** A batch for a thread. */
export interface Batch {
  readonly trials: readonly Trial[];
  readonly follow: boolean;
}

/** What a thread answers: an outcome, or why there is none. */
export type Answer = { readonly outcome: Outcome } | { readonly error: unknown };

/** Works in this thread: for subjects that hold functions, and where there is one core. */
export function soloCrew(laboratory: Laboratory): Crew {
  return {
    size: 1,
    // Between two batches whoever shows the progress gets its turn.
    perform: async (trials, follow) => {
      await new Promise(setImmediate);
      return laboratory.perform(trials, follow);
    },
    close: async () => laboratory.close(),
  };
}

/** Most of what a thread keeps lives long: with little room for what is young it would be copied twice. */
const YOUNG_MB = 192;

/**
 * Works in threads. Each runs `script`, which opens the subject anew from `data` and calls {@link serveTrials}: guests
 * and functions do not pass from thread to thread.
 */
export function threadCrew(size: number, script: URL, data: unknown): Crew {
  const options = { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } };
  const workers = Array.from({ length: size }, () => new Worker(script, options));
  const idle = [...workers];
  return {
    size,
    perform: async (trials, follow) => {
      const worker = idle.pop();
      if (worker === undefined) throw new Error('more batches than threads');
      const answer = await ask(worker, { trials, follow });
      idle.push(worker);
      if ('error' in answer) throw answer.error;
      return answer.outcome;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask(worker: Worker, batch: Batch): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    };
    const onMessage = (answer: Answer): void => done(() => resolve(answer));
    const onError = (error: unknown): void => done(() => reject(error));
    const onExit = (code: number): void => done(() => reject(new Error(`a thread ended with ${code}`)));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(batch);
  });
}

/** Where messages come from and go to: a worker's `parentPort`. */
interface Port {
  on(event: 'message', listener: (batch: Batch) => void): unknown;
  postMessage(answer: Answer): void;
}

/** A thread's side: performs each batch that comes. */
export function serveTrials(subject: Subject, port: Port): void {
  const laboratory = new Laboratory(subject);
  port.on('message', ({ trials, follow }) => {
    try {
      port.postMessage({ outcome: laboratory.perform(trials, follow) });
    } catch (error) {
      port.postMessage({ error });
    }
  });
}
