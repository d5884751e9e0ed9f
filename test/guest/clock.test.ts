import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Clock } from '../../src/guest/index.ts';

function clock(): Clock<string> {
  return new Clock<string>({ now: 0, timeRead: false });
}

function drain(c: Clock<string>): string[] {
  const order: string[] = [];
  for (let at = c.nextDeadline(); at !== null; at = c.nextDeadline()) {
    c.now = Math.max(c.now, at);
    const alarm = c.takeDue();
    if (alarm !== null) order.push(`${alarm.at} ${alarm.payload}`);
  }
  return order;
}

test('alarms go by time, then by the order of arming', () => {
  const c = clock();
  c.arm('a', 20, 'a');
  c.arm('b', 10, 'b');
  c.arm('c', 10, 'c');
  c.arm('d', 5, 'd');
  expect(c.nextDeadline()).toBe(5);
  expect(c.takeDue()).toBeNull();
  expect(drain(c)).toEqual(['5 d', '10 b', '10 c', '20 a']);
  expect(c.now).toBe(20);
});

test('an alarm of the same key takes the place of the first', () => {
  const c = clock();
  c.arm('a', 10, 'old');
  c.arm('b', 10, 'b');
  c.arm('a', 10, 'new');
  expect(drain(c)).toEqual(['10 b', '10 new']);
});

test('disarming tells whether it was pending', () => {
  const c = clock();
  c.arm('a', 10, 'a');
  expect([c.isArmed('a'), c.disarm('a'), c.disarm('a'), c.isArmed('a')]).toEqual([true, true, false, false]);
  expect(c.nextDeadline()).toBeNull();
});

test('a snapshot holds all that is pending', () => {
  const c = clock();
  c.arm('a', 10, 'a');
  c.arm('b', 10, 'b');
  const state = JSON.parse(JSON.stringify(c.snapshot()));
  expect(drain(c)).toEqual(['10 a', '10 b']);
  c.restore(state);
  c.arm('c', 10, 'c');
  expect(drain(c)).toEqual(['10 a', '10 b', '10 c']);
});

test('any mix of alarms comes in order', () => {
  const operation = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(20), fc.boolean());
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const c = clock();
      const model = new Map<string, { at: number; order: number }>();
      for (const [order, [key, at, arm]] of operations.entries()) {
        if (arm) c.arm(key, at, key);
        else c.disarm(key);
        model.delete(key);
        if (arm) model.set(key, { at, order });
      }
      const expected = [...model].sort(([, a], [, b]) => a.at - b.at || a.order - b.order);
      expect(drain(c)).toEqual(expected.map(([key, { at }]) => `${at} ${key}`));
    }),
    { seed: 1 },
  );
});
