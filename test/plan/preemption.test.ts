import { describe, expect, it } from 'vitest';
import { VmtbenchError } from '../../src/errors.ts';
import { parsePreemption } from '../../src/plan/preemption.ts';
import { PreemptionPlan } from '../../src/plan/preemption-plan.ts';

const ANY = { protocol: 'port', step: 'any', command: null, channel: null, from: 0 };

describe('the line of a preemption', () => {
  it.each([
    ['nth=17', { ...ANY, at: { nth: 17 }, within: 60e9 }],
    ['every within=10ms', { ...ANY, at: 'every', within: 1e7 }],
    ['random=8 from=5s', { ...ANY, at: { oneOf: 8 }, from: 5e9 }],
    ['rpci.sendsize nth=2 channel=3', { protocol: 'rpci', step: 'sendsize', at: { nth: 2 }, channel: 3 }],
    ['tclo.any every command="OK "', { protocol: 'tclo', step: 'any', at: 'every', command: 'OK ' }],
  ])('%s', (source, planned) => {
    expect(parsePreemption(source)).toMatchObject({ source, ...planned });
  });

  it.each([
    ['', 'does not say at which access'],
    ['rpci.sendsize', 'does not say at which access'],
    ['nth=0', 'counts from 1'],
    ['nth=1 every', 'both nth and every'],
    ['random=0', 'one access of N'],
    ['random=2 nth=1', 'random and nth'],
    ['rpci.sideways nth=1', 'does not start with a step'],
    ['nth=1 sometimes', 'cannot read sometimes'],
    ['nth=1 by=3', 'has no key by'],
  ])('refuses "%s"', (source, message) => {
    expect(() => parsePreemption(source)).toThrow(VmtbenchError);
    expect(() => parsePreemption(source)).toThrow(message);
  });
});

describe('a plan of preemptions', () => {
  const preemptionPoint = (access: number, due: number) => ({ access, at: 0, pc: 0n, due, function: 0n });

  it('counts every matching access, and lets in where something may come within the wait', () => {
    const plan = new PreemptionPlan([parsePreemption('nth=2 within=1s')], 0);
    expect(plan.match(null, 0, 0, preemptionPoint(0, 0))).toBe(false);
    const state = plan.snapshot();
    expect(plan.match(null, 0, 1, preemptionPoint(1, 2e9))).toBe(false);
    expect(plan.untriggered).toHaveLength(1);
    plan.restore(state);
    expect(plan.match(null, 0, 1, null)).toBe(false);
    plan.restore(state);
    expect(plan.match(null, 0, 1, preemptionPoint(1, 1e9))).toBe(true);
    expect(plan.untriggered).toEqual([]);
  });
});
