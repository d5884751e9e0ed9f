import { describe, expect, it } from 'vitest';
import { shrink } from '../../../src/check/index.ts';
import { parseEvent, parseFault } from '../../../src/plan/index.ts';
import { NO_SCENARIO, objectOf } from '../../../src/scenario/index.ts';
import { shrunk } from './plans.ts';

const OBJECT = 'fixtures/kernels/vmt-unpatched-amd64.o';
const DROPS = { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' } as const;

// Each cause that a check finds is in test/long/shrink.test.ts.
describe('a plan of twenty lines', () => {
  it.each([
    ['recovers: the attach failed', 'tclo.open garbageRegisters', {}],
    ['noLeak: a channel is left open', 'rpci.sendsize refuse', {}],
    ['recovers: tclo.sendsize refused', 'tclo.sendsize nth=2 timeout', {}],
    ['noLostEvent: the report of OS_PowerOn', 'rpci.open nth=11 refuse', {}],
    ['recovers: tclo.close ok, tclo.open ok', 'rpci.open nth=2 timeout', DROPS],
  ])('is shrunk to the one that matters: %s', (only, fault, host) => {
    const { before, after, scenario, cause } = shrunk(OBJECT, only, fault, host);
    expect([before, after]).toEqual([20, 1]);
    expect(cause.cause).toContain(only);
    const [step] = fault.split(' ');
    expect(scenario.faults.map(({ source }) => source.split(' ')[0])).toEqual([step]);
    expect([scenario.events, scenario.preemptions]).toEqual([[], []]);
  });

  it('makes the fault milder that is left', () => {
    const scenario = {
      ...NO_SCENARIO,
      for: '85s',
      host: DROPS,
      events: ['at=3s ping', 'at=5s tclo.break', 'at=7s ping'].map(parseEvent),
      faults: ['rpci.open nth=70 refuse', 'rpci.open nth=11 poweroff'].map(parseFault),
    };
    const left = shrink({ object: objectOf(OBJECT) }, scenario, { only: 'the report of OS_PowerOn' });
    expect(left.after).toBe(1);
    expect(left.scenario.faults.map(({ source }) => source)).toEqual(['rpci.open nth=11 refuse']);
  });
});

it('a run without findings has nothing to shrink, nor one without that cause', () => {
  const healthy = { ...NO_SCENARIO, for: '3s' };
  expect(() => shrink({ object: objectOf(OBJECT) }, healthy)).toThrow(
    expect.objectContaining({ code: 'shrink.cause' }),
  );
  const broken = { ...NO_SCENARIO, for: '40s', events: [parseEvent('at=5s tclo.break')] };
  expect(() => shrink({ object: objectOf(OBJECT) }, broken, { only: 'noSuch' })).toThrow(/no cause with "noSuch"/);
});
