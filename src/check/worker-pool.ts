import { Worker } from 'node:worker_threads';
import { Executor, type Subject, type TestOutcome } from './executor.ts';
import type { TestCase } from './test-case.ts';

/** Whoever performs trials: this thread, and others at the same time. */
export interface WorkerPool {
  /** Its members' numbers, from 0, each as often as it may be given a batch before it has answered. */
  readonly slots: readonly number[];
  perform(member: number, testCases: readonly TestCase[], follow: boolean): Promise<TestOutcome>;
  close(): Promise<void>;
}

/** A batch for a thread. */
export interface Batch {
  readonly testCases: readonly TestCase[];
  readonly follow: boolean;
}

/** What a thread answers: an outcome, or why there is none. */
export type Answer = { readonly outcome: TestOutcome } | { readonly error: unknown };

/** Works in this thread alone: for subjects that hold functions, and where there is one core. */
export function singleWorker(executor: Executor): WorkerPool {
  return {
    slots: [0],
    perform: (_member, testCases, follow) => performHere(executor, testCases, follow),
    close: async () => executor.close(),
  };
}

/**
 * Works in this thread and in others. Each of those runs `script`, which opens the subject anew from `data` and calls
 * {@link serveTestCases}: guests and functions do not pass from thread to thread.
 */
export function threadPool(executor: Executor, others: number, script: URL, data: unknown): WorkerPool {
  const assistants = Array.from({ length: others }, () => new PoolWorker(script, data));
  return {
    // This thread may be busy when one of the others is done: it has its next batch then.
    slots: [0, ...assistants.flatMap((_, index) => [index + 1, index + 1])],
    perform: (member, testCases, follow) => {
      const assistant = assistants[member - 1];
      return assistant?.perform({ testCases, follow }) ?? performHere(executor, testCases, follow);
    },
    close: async () => {
      executor.close();
      await Promise.all(assistants.map((assistant) => assistant.close()));
    },
  };
}

async function performHere(executor: Executor, testCases: readonly TestCase[], follow: boolean): Promise<TestOutcome> {
  // Between two batches everybody else gets their turn.
  await new Promise(setImmediate);
  return executor.perform(testCases, follow);
}

/** Room for what is young: what lives long is copied twice where there is less, and with more it leaves the caches. */
const YOUNG_MB = 32;

interface Waiting {
  readonly resolve: (outcome: TestOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Another thread. It answers in the order in which it was asked. */
class PoolWorker {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];

  constructor(script: URL, data: unknown) {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
    this.#worker = new Worker(script, { workerData: data, resourceLimits });
    this.#worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.shift();
      if ('error' in answer) waiting?.reject(answer.error);
      else waiting?.resolve(answer.outcome);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`a thread ended with ${code}`)));
  }

  perform(batch: Batch): Promise<TestOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(batch);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** Where messages come from and go to: a worker's `parentPort`. */
interface Port {
  on(event: 'message', listener: (batch: Batch) => void): unknown;
  postMessage(answer: Answer): void;
}

/** A thread's side: performs each batch that comes. */
export function serveTestCases(subject: Subject, port: Port): void {
  const executor = new Executor(subject);
  port.on('message', ({ testCases, follow }) => {
    try {
      port.postMessage({ outcome: executor.perform(testCases, follow) });
    } catch (error) {
      port.postMessage({ error });
    }
  });
}
