import { type ShrunkRun, shrink } from '../../../src/check/index.ts';
import { parseEvent, parseFault, parsePreemption } from '../../../src/plan/index.ts';
import { NO_SCENARIO, objectOf } from '../../../src/scenario/index.ts';
import type { HostOptions } from '../../../src/tclo-host/index.ts';

/** Nineteen lines that do nothing to a driver that is not broken otherwise, long before the end: rules allow time to recover. */
const NOISE = {
  events: [
    ...['at=11s ping', 'at=12s ping', 'at=13s capabilities', 'at=14s ping', 'at=15s tclo.send no.such.request'],
    ...['at=16s ping', 'at=17s capabilities', 'at=18s ping', 'at=19s ping', 'after=no.such:1 reset'],
  ],
  faults: [
    ...['rpci.open nth=900 refuse', 'rpci.send nth=901 checkpoint', 'tclo.close nth=40 refuse'],
    ...['tclo.recvsize nth=902 stall for=2s', 'any.status nth=903 garbageRegisters'],
    ...['rpci.recvsize command="no.such" nth=2 wrongLength by=3', 'tclo.open nth=60 poweroff'],
  ],
  preemptions: ['nth=90000', 'rpci.send nth=905'],
};

/** What is left of a plan of twenty lines, of which one matters. */
export function shrunk(object: string, only: string, fault: string, host: Partial<HostOptions> = {}): ShrunkRun {
  const scenario = {
    ...NO_SCENARIO,
    host,
    for: '85s',
    events: NOISE.events.map(parseEvent),
    faults: [...NOISE.faults.slice(0, 3), fault, ...NOISE.faults.slice(3)].map(parseFault),
    preemptions: NOISE.preemptions.map(parsePreemption),
  };
  return shrink({ object: objectOf(object) }, scenario, { only });
}
