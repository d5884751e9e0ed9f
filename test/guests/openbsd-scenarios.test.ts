import { describe, expect, test } from 'vitest';
import type { HostAction } from '../../src/tclo-host/index.ts';
import { type Bench, type BenchOptions, bench, fixturePath } from '../guest/support/bench.ts';

const REFUSED = 'vmware: sending length failed, eax=00000000, ecx=00000000';
const PING = 'vmt0: failed to send TCLO outgoing ping';
const RESETTING = 'vmt0: resetting rpc';

const GLITCH_HOST = { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' } as const;

function run(object: string, event: HostAction | null, host: BenchOptions['host'] = {}): Bench {
  const b = bench(fixturePath(object), { host });
  const events = event === null ? [] : [{ at: 5, do: () => b.host.event(event) }];
  expect(b.run(30, events)).toBeNull();
  return b;
}

/** The driver's own lines: the kernel's "vmt0 at pvbus0" comes first. */
function driverLines(b: Bench): string[] {
  const [first, ...rest] = b.lines();
  expect(first).toBe('vmt0 at pvbus0');
  b.guest.close();
  return rest;
}

describe.each(['amd64', 'i386'])('the fixture driver on %s', (machine) => {
  const unpatched = `vmt-unpatched-${machine}.o`;
  const patched = `vmt-patched-${machine}.o`;

  test.each([unpatched, patched])('S0: %s is silent before a healthy host', (object) => {
    const b = run(object, null, { session: 'resetOnly' });
    expect(b.host.report.tcloOpens).toBe(1);
    expect(b.host.report.tcloReplies).toEqual(['OK ATR toolbox']);
    expect(driverLines(b)).toEqual([]);
  });

  test.each([unpatched, patched])('%s answers the whole session', (object) => {
    const b = run(object, null);
    expect(b.host.report.rpciCommands).toContain('tools.capability.hgfs_server toolbox 1');
    expect(b.host.report.rpciCommands).toContain('SetGuestInfo  1 puffy.example.org');
    expect(b.host.report.rpciCommands).toContain('SetGuestInfo  5 OpenBSD 7.5 GENERIC#82');
    expect(b.host.report.tcloReplies).toContain('ERROR Unable to find guest IP address');
    expect(driverLines(b)).toEqual([]);
  });

  test('S1: a dead channel: unpatched for ever, patched heals', () => {
    const bad = run(unpatched, { name: 'tclo.break' });
    expect(bad.host.report.tcloOpens).toBe(1);
    const lines = driverLines(bad);
    expect(lines.filter((line) => line === REFUSED).length).toBeGreaterThanOrEqual(20);
    expect(new Set(lines)).toEqual(new Set([REFUSED, PING]));
    const good = run(patched, { name: 'tclo.break' });
    expect(good.host.report.tcloOpens).toBe(2);
    expect(driverLines(good)).toEqual([REFUSED, PING, RESETTING]);
  });

  test('S3: a refused ping and an unsolicited greeting: unpatched for ever, patched heals', () => {
    const lines = driverLines(run(unpatched, { name: 'tclo.glitch' }, GLITCH_HOST));
    expect(lines.slice(0, 3)).toEqual([REFUSED, PING, RESETTING]);
    expect(lines.filter((line) => line === RESETTING).length).toBeGreaterThan(5);
    expect(driverLines(run(patched, { name: 'tclo.glitch' }, GLITCH_HOST))).toEqual([REFUSED, PING, RESETTING]);
  });

  test.each([unpatched, patched])('S4: %s and a checkpoint in the answer to the suspend', (object) => {
    const b = run(object, { name: 'suspend' }, { unsolicitedReply: 'accept' });
    expect(driverLines(b)).toEqual([
      'VMware guest entering suspended state',
      'vmware: get data failed, ebx=00100000',
      'vmt0: failed to get rpci response data',
      'vmt0: unable to send state change result',
      RESETTING,
      'VMware guest resuming from suspended state',
    ]);
  });
});
