import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { Executor } from '../../src/check/executor.ts';
import type { TestCase } from '../../src/check/test-case.ts';
import {
  type Answer,
  type Batch,
  serveTestCases,
  singleWorker,
  threadPool,
  type WorkerPool,
} from '../../src/check/worker-pool.ts';
import { subjectOfFixture } from './support.ts';

const subject = subjectOfFixture('vmt-patched-amd64');
const baseline: TestCase = { order: 0, variant: 0, injections: [] };
/** Of the baseline alone. */
const outcome = {
  testCases: 1,
  executed: 1,
  buckets: [],
  undecided: { noLeak: 1 },
  newSteps: [null],
  cases: [{ trigger: 'no fault', occurrence: '1' }],
  followers: [],
  executedSites: expect.arrayContaining([expect.any(BigInt)]),
};

const pools: WorkerPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** A pool whose other threads run a script of the test's. */
function poolOf(script: string, others = 1): WorkerPool {
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const pool = threadPool(new Executor(subject), others, url, { answer: 7 });
  pools.push(pool);
  return pool;
}

const ECHO = `
import { parentPort, workerData } from 'node:worker_threads';
let batches = 0;
parentPort.on('message', ({ testCases, follow }) => {
  batches++;
  parentPort.postMessage({ outcome: { testCases: testCases.length, executed: workerData.answer, buckets: [], followers: [follow, batches] } });
});`;

describe('singleWorker', () => {
  it('performs batches in this thread', async () => {
    const pool = singleWorker(new Executor(subject));
    pools.push(pool);
    expect(pool.slots).toEqual([0]);
    expect(await pool.perform(0, [baseline], false)).toEqual(outcome);
  });
});

describe('threadPool', () => {
  it('has a slot for this thread and two for each other', () => {
    expect(poolOf(ECHO, 2).slots).toEqual([0, 1, 1, 2, 2]);
  });

  it('sends a batch to its worker, and returns the answers in order', async () => {
    const pool = poolOf(ECHO);
    const [one, two, here] = await Promise.all([
      pool.perform(1, [baseline, baseline], true),
      pool.perform(1, [baseline], false),
      pool.perform(0, [baseline], false),
    ]);
    expect([one, two]).toEqual([
      { testCases: 2, executed: 7, buckets: [], followers: [true, 1] },
      { testCases: 1, executed: 7, buckets: [], followers: [false, 2] },
    ]);
    expect(here).toEqual(outcome);
  });

  it.each([
    [
      'reports an error',
      "parentPort.on('message', () => parentPort.postMessage({ error: new Error('refused') }));",
      /refused/,
    ],
    ['throws', "parentPort.on('message', () => { throw new Error('crashed'); });", /crashed/],
    ['ends', "parentPort.on('message', () => process.exit(3));", /a worker thread ended with status 3/],
  ])('rejects a batch whose worker %s', async (_, body, message) => {
    const pool = poolOf(`import { parentPort } from 'node:worker_threads';\n${body}`);
    await expect(pool.perform(1, [baseline], false)).rejects.toThrow(message);
  });
});

describe('serveTestCases', () => {
  it('answers each batch with its outcome, or with the error', () => {
    const answers: Answer[] = [];
    const port = Object.assign(new EventEmitter(), { postMessage: (answer: Answer) => answers.push(answer) });
    const repeat = (): never => {
      throw new Error('no command');
    };
    serveTestCases(subjectOfFixture('vmt-unpatched-amd64', { repeat }), port);
    const failing: TestCase = { order: 1, variant: 0, injections: [{ access: 3, kind: 'refuse' }] };
    const batches: Batch[] = [baseline, failing].map((testCase) => ({ testCases: [testCase], follow: false }));
    for (const batch of batches) port.emit('message', batch);
    expect(answers).toEqual([{ outcome }, { error: new Error('no command') }]);
  });
});
