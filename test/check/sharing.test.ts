import { expect, it } from 'vitest';
import { type CheckOptions, check } from '../../src/check/index.ts';
import { comparable } from './support.ts';

/** Executing each test case whole is the oracle of everything that test cases share. `test/long` has all fixtures. */

/** Far beyond what it takes on a busy machine. */
const PATIENCE = 600_000;

it.each<[string, Partial<CheckOptions>]>([
  ['vmt-unpatched-amd64', { events: ['at=500ms suspend'], for: '600ms' }],
  ['vmt-patched-i386', { depth: 2 }],
  ['vmt-netbsd-unpatched-i386', { host: { closeBroken: 'refuse' } }],
  ['vmt-freebsd-unpatched-amd64', { events: ['at=1s tclo.break'] }],
  ['planted/preempted-amd64', { interleavings: true, events: ['at=500ms broadcastIp'], for: '1100ms' }],
])(
  '%s: sharing changes no finding under %j',
  async (name, more) => {
    const options: CheckOptions = { object: `fixtures/kernels/${name}.o`, for: '1ms', maxRuns: 60, ...more };
    const shared = await check(options);
    const whole = await check({ ...options, sharing: false });
    expect([whole.executed, whole.shared]).toEqual([60, 0]);
    expect(shared.shared).toBeGreaterThan(0);
    expect(shared.findings.length).toBeGreaterThan(0);
    expect(comparable(shared)).toEqual(comparable(whole));
  },
  PATIENCE,
);
