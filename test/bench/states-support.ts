import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { digestOf } from '../../src/bench/canonical.ts';
import { advance, Bench, type BenchState, boot, type Ending } from '../../src/bench/index.ts';
import { Recorder } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent, parsePreemption } from '../../src/plan/index.ts';
import type { HostOptions } from '../../src/tclo-host/index.ts';
import { below } from '../support/random-events.ts';

/** How a fixture is run. */
export interface StatesRun {
  /** Virtual seconds. */
  readonly seconds: number;
  readonly events: readonly string[];
  readonly host?: Partial<HostOptions>;
  readonly preemptions?: readonly string[];
  readonly seed: number;
}

/** All that can be seen of a run, as text: equal texts are equal byte for byte. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return `0x${part.toString(16)}`;
    return part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part;
  });

/** The parts of a state that are plain data, as one digest: it throws on anything else. */
function digestOfState({ guest, devices, parts }: BenchState): string {
  const { machine, ...plain } = guest as { readonly machine: unknown };
  return digestOf([plain, devices, parts]);
}

/**
 * Runs a fixture from power-on; then goes back to that, and to a random idle moment, three times each, in turns: every
 * run from the same state shows the same, and no run changes a state that it began at.
 * @returns how the run from power-on ended.
 */
export function expectWholeStates(path: string, { seconds, events, host = {}, preemptions, seed }: StatesRun): Ending {
  const bench = new Bench({
    object: parseObject(readFileSync(path), path),
    events: events.map(parseEvent),
    host,
    ...(preemptions === undefined ? {} : { preemptions: preemptions.map(parsePreemption) }),
    seed,
  });
  try {
    const recorder = new Recorder();
    bench.watchers.push(recorder);
    const stepOn = () => advance(bench, seconds * 1e9);
    const finish = (ending: Ending): string => {
      bench.guest.endLine();
      const { guest, host, notes, ports } = bench;
      const seen = [recorder.take(), ending, bench.now, guest.console, guest.stubsCalled, guest.heap.live];
      return textOf([...seen, host.report, host.log, host.guestInfo, notes.texts, ports, bench.guest.future()]);
    };
    const power = bench.snapshot();
    const fromPower = (): { readonly text: string; readonly moments: number; readonly ending: Ending } => {
      let moment = boot(bench);
      let moments = 0;
      for (; !moment.over; moments++) moment = stepOn();
      return { text: finish(moment.ending), moments, ending: moment.ending };
    };
    const fromMiddle = (): string => {
      let moment = stepOn();
      while (!moment.over) moment = stepOn();
      return finish(moment.ending);
    };
    const first = fromPower();
    expect(first.moments, 'idle moments').toBeGreaterThan(2);
    bench.restore(power);
    boot(bench);
    const chosen = below(seed)(first.moments - 1);
    for (let moment = 0; moment < chosen; moment++) stepOn();
    recorder.take();
    const middle = bench.snapshot();
    const digests = [power, middle].map(digestOfState);
    const rest = fromMiddle();
    for (let time = 0; time < 3; time++) {
      bench.restore(time === 1 ? middle : power);
      if (time === 1) expect(fromMiddle(), `from idle moment ${chosen}, again`).toBe(rest);
      bench.restore(power);
      expect(fromPower().text, 'from power-on').toBe(first.text);
      bench.restore(middle);
      expect(fromMiddle(), `from idle moment ${chosen}`).toBe(rest);
    }
    expect([power, middle].map(digestOfState)).toEqual(digests);
    return first.ending;
  } finally {
    bench.close();
  }
}
