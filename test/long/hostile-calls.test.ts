import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { FAULTS, HOST_EVENTS, type HostAction, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { Mutator, recordConversation } from '../tclo-host/conversation.ts';
import { assertBounded } from '../tclo-host/hostile.ts';
import { Monkey } from '../tclo-host/monkey.ts';

const CALLS = 10_000_000;
/** What the heap may grow by after its bounds are reached: the noise of a collector, not a leak of 20 million calls. */
const MOST_GROWTH = 32 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

const EVENTS = Object.entries(HOST_EVENTS).map(
  ([name, row]) => ({ name, ...(row.text === 'any' ? { text: 'x' } : {}) }) as HostAction,
);
const KINDS = Object.keys(FAULTS).map((kind) => ({ kind }) as HostFault);

test(`${CALLS} random calls: no throw, no register that is not returned, nothing that grows for ever`, () => {
  const seed = Date.now() >>> 0;
  let now = 0;
  const host = new VmwareHost({ now: () => now, seed: 7 });
  const monkey = new Monkey(host, seed);
  let before = 0;
  for (let call = 1; call <= CALLS; call += 1) {
    now += 100_000;
    monkey.step();
    if (call % 1_000_000 === 0) assertBounded(host);
    if (call === CALLS / 5) before = heap();
  }
  const grown = heap() - before;
  console.log(`${CALLS} random calls, seed ${seed}, heap ${Math.round(grown / 1024)} KiB`);
  expect(grown).toBeLessThan(MOST_GROWTH);
});

test(`${CALLS} calls of a real conversation, mutated, with events and faults between: the same`, () => {
  const seed = Date.now() >>> 0;
  const mutator = new Mutator(recordConversation(), seed, EVENTS, KINDS);
  const host = new VmwareHost({ seed: 77, now: () => mutator.now });
  let calls = 0;
  let before = 0;
  for (let plays = 0; calls < CALLS; plays += 1) {
    calls += mutator.play(host);
    if (plays % 1000 === 0) assertBounded(host);
    if (before === 0 && calls > CALLS / 5) before = heap();
  }
  const grown = heap() - before;
  console.log(`${calls} mutated calls, seed ${seed}, heap ${Math.round(grown / 1024)} KiB`);
  expect(grown).toBeLessThan(MOST_GROWTH);
});
