import { afterAll, describe, expect, it } from 'vitest';
import {
  BlindInputs,
  decodePlan,
  encodePlan,
  type FuzzPlan,
  HEALTHY,
  judgePlan,
  minimise,
  recordsOf,
} from '../../src/fuzz/index.ts';
import { fuzzerOf, targetOf } from './support.ts';

const CLEAN = ['vmt-hardened-amd64', 'vmt-hardened-i386'];
const DRIVERS = ['vmt-unpatched-amd64', 'vmt-netbsd-unpatched-amd64', 'vmt-netbsd-subr-i386', ...CLEAN];

describe.each(DRIVERS)('%s', (name) => {
  const { target, feedback } = targetOf(name);
  afterAll(() => target.close());

  it('starts at power-on, behind the attach, and in the states that its session reaches', () => {
    expect([...target.starts.keys()]).toEqual(expect.arrayContaining(['power', 'attach', 'greeted', 'request']));
  });

  it('is healthy on a healthy host, wherever it starts', () => {
    for (const start of target.starts.keys()) {
      const { violations } = judgePlan(target, { ...HEALTHY, start });
      expect([start, violations.map(({ cause }) => cause)]).toEqual([start, []]);
    }
  });

  it('executes the same input in the same way, whatever came between', () => {
    const inputs = new BlindInputs(5);
    const plans = Array.from({ length: 40 }, () => decodePlan(inputs.next()));
    const shown = (plan: FuzzPlan) => {
      const { ending, start, ...facts } = target.execute(plan);
      return [ending?.kind, start.name, facts, [...feedback.edges.indexes], feedback.pairs.slice()];
    };
    const first = plans.map(shown);
    expect(plans.map(shown)).toEqual(first);
  });
});

describe.each(CLEAN)('%s, which gets everything right', (name) => {
  it('has no finding, whatever the host does', () => {
    const { fuzzer, found } = fuzzerOf(name, true);
    const inputs = new BlindInputs(11);
    for (let count = 0; count < 150; count++) fuzzer.execute(inputs.next());
    fuzzer.target.close();
    expect(found.map(({ cause, input }) => [cause, Buffer.from(input).toString('hex')])).toEqual([]);
  });
});

/** The bugs of the twelve-year-old driver: it never reopens a dead channel, and gives up a report at a checkpoint. */
const dead: FuzzPlan = { ...HEALTHY, moments: [{ after: 0, name: 'tclo.break', text: '' }] };
const suspended: FuzzPlan = { ...HEALTHY, moments: [{ after: 0, name: 'suspend', text: '' }] };

describe('the unpatched driver', () => {
  it.each([
    ['a dead channel', dead, 'recovers'],
    ['a suspend', suspended, 'noLostEvent'],
  ])('is found at %s, with the smallest input', (_, plan, rule) => {
    const { fuzzer, found } = fuzzerOf('vmt-unpatched-amd64', true);
    const noise = encodePlan({ ...HEALTHY, moments: [{ after: 20e6, name: 'ping', text: '' }] });
    const input = Uint8Array.from([...noise, ...encodePlan(plan), ...noise]);
    const { causes } = fuzzer.execute(input);
    fuzzer.target.close();
    expect(found.map(({ cause }) => cause)).toEqual(causes);
    const finding = found.find((other) => other.finding.invariant === rule);
    expect(recordsOf(finding?.input ?? input)).toHaveLength(1);
    expect(decodePlan(finding?.input ?? input)).toEqual(plan);
    expect(finding?.finding.plan.events).toHaveLength(1);
  });

  it('is judged where an input shows something new, and not a second time', () => {
    const { fuzzer, found } = fuzzerOf('vmt-unpatched-amd64');
    expect(fuzzer.execute(encodePlan(dead)).isNew).toBe(true);
    const { judged } = fuzzer.counts;
    expect(found.length).toBeGreaterThan(0);
    expect(fuzzer.execute(encodePlan(dead))).toEqual({ isNew: false, isUnsafe: false, causes: [] });
    expect(fuzzer.counts).toMatchObject({ judged, executions: 2 });
    fuzzer.target.close();
  });
});

describe('minimise', () => {
  it('keeps the records that are needed, in their order', () => {
    const input = Uint8Array.from({ length: 16 * 9 }, (_, at) => 1 + Math.floor(at / 16));
    const needs = (bytes: Uint8Array): boolean => bytes.includes(3) && bytes.includes(8);
    expect(recordsOf(minimise(input, needs)).map(([first]) => first)).toEqual([3, 8]);
  });
});
