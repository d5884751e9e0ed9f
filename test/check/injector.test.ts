import { expect, it } from 'vitest';
import { TestCaseInjector } from '../../src/check/injector.ts';
import type { PreemptionPoint } from '../../src/plan/index.ts';

const point = (access: number): PreemptionPoint => ({ access, at: 0, pc: 0n, due: 0, function: 0n });

it('injects each fault at its access, in order, once', () => {
  const injector = new TestCaseInjector([
    { access: 2, kind: 'refuse' },
    { access: 4, kind: 'break' },
  ]);
  const injected = [0, 1, 2, 3, 4, 4].map((access) => injector.faultAt(null, access));
  expect(injected).toEqual([null, null, { kind: 'refuse' }, null, { kind: 'break' }, null]);
  expect([injector.injected, injector.isDone]).toEqual([2, true]);
});

it('injects a preemption after its access, and no fault there', () => {
  const injector = new TestCaseInjector([{ access: 1, kind: 'preempt' }]);
  expect([injector.preempts(point(0)), injector.faultAt(null, 1), injector.isDone]).toEqual([false, null, false]);
  expect([injector.preempts(point(1)), injector.preempts(point(1)), injector.isDone]).toEqual([true, false, true]);
});

it('does not preempt where a fault is planned', () => {
  const injector = new TestCaseInjector([{ access: 1, kind: 'refuse' }]);
  expect([injector.preempts(point(1)), injector.injected]).toEqual([false, 0]);
});

it('waits for an access that the guest never makes', () => {
  const injector = new TestCaseInjector([
    { access: 9, kind: 'refuse' },
    { access: 10, kind: 'break' },
  ]);
  expect([injector.faultAt(null, 10), injector.injected, injector.isDone]).toEqual([null, 0, false]);
});

it('is done from the start without injections', () => {
  expect(new TestCaseInjector([]).isDone).toBe(true);
});

const call = (step: 'open' | 'send', protocol: 'rpci' | 'tclo' = 'rpci') => ({
  protocol,
  step,
  channel: 1,
  command: null,
});

it('injects a lasting fault into each access like its first one until it ends', () => {
  let now = 1e9;
  const injector = new TestCaseInjector([{ access: 0, kind: 'refuse lasting' }], () => now);
  const fault = { kind: 'refuse', until: 21e9 };
  expect(injector.faultAt(call('send'), 0)).toEqual(fault);
  now = 20e9;
  expect([injector.faultAt(call('open'), 1), injector.faultAt(call('send', 'tclo'), 2)]).toEqual([null, null]);
  expect([injector.faultAt(call('send'), 3), injector.isDone, injector.injected]).toEqual([fault, false, 1]);
  now = 21e9;
  expect([injector.faultAt(call('send'), 4), injector.isDone, injector.repeated]).toEqual([null, true, [3]]);
});

it('injects a fault twice, and waits five seconds for the second access', () => {
  let now = 0;
  const injector = new TestCaseInjector([{ access: 0, kind: 'checkpoint twice' }], () => now);
  const faults = [0, 1, 2].map((access) => injector.faultAt(call('send'), access));
  expect([faults, injector.isDone]).toEqual([[{ kind: 'checkpoint' }, { kind: 'checkpoint' }, null], true]);
  const alone = new TestCaseInjector([{ access: 0, kind: 'checkpoint twice' }], () => now);
  alone.faultAt(call('send'), 0);
  now = 5e9;
  expect([alone.isDone, alone.faultAt(call('send'), 1)]).toEqual([true, null]);
});
