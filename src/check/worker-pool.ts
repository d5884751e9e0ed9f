import { Worker } from 'node:worker_threads';
import { Executor, type TestOutcome } from './executor.ts';
import type { Subject } from './subject.ts';
import type { TestCase } from './test-case.ts';

/** The workers of a campaign: this thread, and others at the same time. */
export interface WorkerPool {
  /** The number of each worker, from 0, as often as it takes batches at once. */
  readonly slots: readonly number[];
  /** @param follow return the sites after the last injection of each test case. */
  perform(worker: number, testCases: readonly TestCase[], follow: boolean): Promise<TestOutcome>;
  close(): Promise<void>;
}

/** A batch for a worker thread. */
export interface Batch {
  readonly testCases: readonly TestCase[];
  readonly follow: boolean;
}

/** The answer of a worker thread. */
export type Answer = { readonly outcome: TestOutcome } | { readonly error: unknown };

/** A pool of this thread alone, for one core and for subjects that hold functions. */
export function singleWorker(executor: Executor): WorkerPool {
  return {
    slots: [0],
    perform: (_worker, testCases, follow) => performHere(executor, testCases, follow),
    close: async () => executor.close(),
  };
}

/**
 * A pool of this thread and others. Each of the others runs `script`, which builds the subject from `data` and calls
 * {@link serveTestCases}: a guest or a function cannot move to another thread.
 * @param data plain data, as `workerData` of `node:worker_threads`.
 */
export function threadPool(executor: Executor, others: number, script: URL, data: unknown): WorkerPool {
  const threads = Array.from({ length: others }, () => new WorkerThread(script, data));
  return {
    // Another thread holds two batches: it goes on with the second while this thread is busy.
    slots: [0, ...threads.flatMap((_, index) => [index + 1, index + 1])],
    perform: (worker, testCases, follow) => {
      const thread = threads[worker - 1];
      return thread?.perform({ testCases, follow }) ?? performHere(executor, testCases, follow);
    },
    close: async () => {
      executor.close();
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

async function performHere(executor: Executor, testCases: readonly TestCase[], follow: boolean): Promise<TestOutcome> {
  // Between two batches the event loop runs: answers of other threads, signals, the progress line.
  await new Promise(setImmediate);
  return executor.perform(testCases, follow);
}

/** Size of the young generation. With less the collector copies surviving objects twice; with more it misses the cache. */
const YOUNG_MB = 32;

/** A batch without an answer yet. */
interface Waiting {
  readonly resolve: (outcome: TestOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker thread. Its answers come in the order of the batches. */
class WorkerThread {
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
    this.#worker.on('exit', (code) => this.#fail(new Error(`a worker thread ended with status ${code}`)));
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

/** The message port of a worker thread: its `parentPort`. */
interface Port {
  on(event: 'message', listener: (batch: Batch) => void): unknown;
  postMessage(answer: Answer): void;
}

/** Runs in a worker thread: performs each batch that arrives. */
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
