import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { Bench } from '../../src/bench/index.ts';
import type { RunSegment } from '../../src/check/execution.ts';
import { Stepper, takeOptionsRead } from '../../src/check/stepper.ts';
import { Recorder } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';

const NAME = 'vmt-unpatched-amd64';
const object = parseObject(readFileSync(`fixtures/kernels/${NAME}.o`), NAME);
const UNTIL = 40e9;

const benches: Bench[] = [];
afterEach(() => {
  for (const bench of benches.splice(0)) bench.close();
});

function open(): { bench: Bench; stepper: Stepper } {
  const bench = new Bench({ object });
  const recorder = new Recorder();
  bench.watchers.push(recorder);
  benches.push(bench);
  return { bench, stepper: new Stepper(bench, recorder, UNTIL) };
}

/** All segments of an execution. @param step how to get the next one. */
function segmentsOf(stepper: Stepper, step: () => RunSegment): RunSegment[] {
  const segments = [stepper.boot()];
  while (segments.at(-1)?.over === false) segments.push(step());
  return segments;
}

it('steps from idle moment to idle moment until the time is up', () => {
  const { bench, stepper } = open();
  const segments = segmentsOf(stepper, () => stepper.advance());
  expect(segments.length).toBeGreaterThan(30);
  expect(segments.map(({ end }) => end.at)).toEqual(segments.map(({ end }) => end.at).sort((a, b) => a - b));
  expect([segments.at(-1)?.end.at, segments.at(-1)?.ending, bench.now]).toEqual([UNTIL, null, UNTIL]);
  const times = segments.flatMap(({ facts }) => facts.flatMap((fact) => (fact[0] === 'access' ? [fact[1].at] : [])));
  expect(times).toHaveLength(bench.ports.accesses);
});

it('derives the turns of a loop from one of them, and ends where execution ends', () => {
  const [plain, repeating] = [open(), open()];
  const executed = segmentsOf(plain.stepper, () => plain.stepper.advance());
  let advances = 0;
  const { guest } = repeating.bench;
  const step = guest.step.bind(guest);
  guest.step = () => {
    advances++;
    return step();
  };
  const derived = segmentsOf(repeating.stepper, () => repeating.stepper.advanceOrRepeat());
  expect(derived.map(({ facts, end }) => ({ facts, end }))).toEqual(executed.map(({ facts, end }) => ({ facts, end })));
  expect(advances).toBeLessThan(executed.length / 2);
  expect([repeating.bench.now, repeating.bench.ports.accesses]).toEqual([plain.bench.now, plain.bench.ports.accesses]);
});

it('has the state of each idle moment, in a loop too', () => {
  const [plain, repeating] = [open(), open()];
  const statesOf = ({ stepper }: typeof plain, step: () => RunSegment): string[] => {
    const states: string[] = [];
    for (let segment = stepper.boot(); !segment.over; segment = step()) states.push(JSON.stringify(stepper.idleState));
    return states;
  };
  expect(statesOf(repeating, () => repeating.stepper.advanceOrRepeat())).toEqual(
    statesOf(plain, () => plain.stepper.advance()),
  );
});

it('reports the options that the host read, each time once', () => {
  const { bench, stepper } = open();
  const { optionsRead } = stepper.boot();
  expect(optionsRead.length).toBeGreaterThan(0);
  expect(takeOptionsRead(bench)).toEqual([]);
});
