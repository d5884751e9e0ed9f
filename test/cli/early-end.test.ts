import { afterEach, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/cli/check-campaign.ts';
import { EarlyEnd } from '../../src/cli/early-end.ts';
import { vmtbench } from '../support/cli.ts';

type Signal = 'SIGINT' | 'SIGTERM';

/** The listeners of others, which no test calls. */
const others = new Set([...process.listeners('SIGINT'), ...process.listeners('SIGTERM')]);
const ownListeners = (signal: Signal): NodeJS.SignalsListener[] =>
  (process.listeners(signal) as NodeJS.SignalsListener[]).filter((listener) => !others.has(listener));

/** Calls the listeners of the code under test, as the signal would. */
function raise(signal: Signal): boolean {
  const listeners = ownListeners(signal);
  for (const listener of listeners) listener(signal);
  return listeners.length > 0;
}

const ends: EarlyEnd[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.close();
});
function open(limit?: string): EarlyEnd {
  const end = new EarlyEnd(limit);
  ends.push(end);
  return end;
}

describe('EarlyEnd', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the command with status %i, a second one the process', (signal, status) => {
    const end = open();
    expect([end.signal.aborted, end.reason, end.exitStatus]).toEqual([false, null, null]);
    raise(signal);
    expect([end.signal.aborted, end.reason, end.exitStatus]).toEqual([true, signal, status]);
    expect([ownListeners('SIGINT'), ownListeners('SIGTERM')]).toEqual([[], []]);
  });

  it('ends the command when the time is up, with its usual status', async () => {
    const end = open('1ms');
    await new Promise((resolve) => end.signal.addEventListener('abort', resolve));
    expect([end.reason, end.exitStatus]).toEqual(['time', null]);
    raise('SIGINT');
    expect(end.reason).toBe('time');
  });

  it('leaves no listener and no timer behind', () => {
    open('1h').close();
    expect([ownListeners('SIGINT'), ownListeners('SIGTERM')]).toEqual([[], []]);
  });

  it('takes a limit longer than a timer holds', () => {
    expect(open('1000h').signal.aborted).toBe(false);
  });

  it.each(['0s', '10', 'soon'])('refuses the limit %s', (limit) => {
    expect(() => open(limit)).toThrow();
  });
});

describe('vmtbench check', () => {
  const PATCHED = 'fixtures/kernels/vmt-patched-amd64.o';
  const args = ['check', PATCHED, '--for', '1ms', '--depth', '2', '--workers', '1'];

  /** Raises a signal as soon as the command listens. */
  async function interrupted(signal: Signal, ...flags: string[]) {
    const timer = setInterval(() => raise(signal), 0);
    try {
      return await vmtbench(...args, ...flags);
    } finally {
      clearInterval(timer);
    }
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s prints what it has found, and the status is %i', async (signal, wanted) => {
    const { status, stdout } = await interrupted(signal, '--json');
    const report = JSON.parse(stdout) as CheckReport;
    expect([status, report.stopped]).toEqual([wanted, signal]);
    expect(report.runs).toBeLessThan(20_000);
    expect(report.unexplored).toBeGreaterThan(0);
  });

  it('--time reports what was found until then', async () => {
    const { status, stdout } = await vmtbench(...args, '--time', '1ms');
    expect(stdout).toMatch(/ runs left out when the time was up\), /);
    expect(status).toBe(stdout.startsWith('0 findings') ? 0 : 1);
  });

  it('compares nothing if it ended early', async () => {
    const { status, stdout } = await interrupted('SIGINT', '--compare', PATCHED, '--json');
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ before: { stopped: 'SIGINT' }, after: null, changes: [] });
    const text = await interrupted('SIGINT', '--compare', PATCHED);
    expect(text.stdout).toMatch(/^the check ended early: nothing is compared\n/);
  });
});
