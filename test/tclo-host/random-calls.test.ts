import { expect, test } from 'vitest';
import { FAULTS, HOST_EVENTS, type HostAction, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { assertBounded } from './hostile.ts';
import { Monkey, word } from './monkey.ts';

const CALLS = 1_000_000;
const EVENTS = Object.entries(HOST_EVENTS).map(
  ([name, row]) => ({ name, ...(row.text === 'any' ? { text: 'x' } : {}) }) as HostAction,
);
/** Those whose answer still is a status word. */
const FAULT_KINDS = Object.keys(FAULTS).filter((kind) => kind !== 'garbageRegisters' && kind !== 'wrongLength');

const SERVED = [
  ...[0, 2, 4, 5, 6].map((sub) => word(sub, 0x10000)),
  ...[word(1, 0x810000), word(3, 0x810000), word(3, 0x830000)],
  ...[word('out', 0x10000), word('in', 0x10000), word('out', 0), word('in', 0)],
];
const CHECKPOINTED = [word(4, 0x100000), word(5, 0x100000), word('in', 0x100000), word('out', 0x100000)];

test('a million hostile calls never throw, stay in bounds and touch only what they return', () => {
  let now = 0;
  const host = new VmwareHost({ now: () => now, seed: 7 });
  const monkey = new Monkey(host, 1);
  for (let call = 1; call <= CALLS; call += 1) {
    now += 100_000;
    monkey.step();
    if (call % 100_000 === 0) assertBounded(host);
  }
  // The walk is worth something only where it got past the first refusals.
  expect([...monkey.reached]).toEqual(expect.arrayContaining(SERVED));
  expect(host.report.rpciCommands.length).toBeGreaterThan(1000);
  expect(host.report.tcloReplies).toContain('OK ATR toolbox');
}, 60_000);

test('nor with events, faults and every unkind option between', () => {
  for (const unsolicitedReply of ['break', 'glitch', 'accept'] as const) {
    let now = 0;
    const options = { unsolicitedReply, addressError: 'break', closeBroken: 'accept', maxChannels: 5 } as const;
    const host = new VmwareHost({ now: () => now, seed: 9, options });
    const monkey = new Monkey(host, 3);
    for (let call = 1; call <= 50_000; call += 1) {
      now += monkey.below(50_000_000);
      if (monkey.below(64) === 0) host.event(monkey.pick(EVENTS));
      const fault = monkey.below(16) === 0 ? ({ kind: monkey.pick(FAULT_KINDS) } as HostFault) : null;
      monkey.step(fault);
      if (call % 10_000 === 0) assertBounded(host);
    }
    expect([...monkey.reached]).toEqual(expect.arrayContaining([...SERVED, ...CHECKPOINTED]));
  }
}, 60_000);
