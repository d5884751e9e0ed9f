import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, run } from '../../src/bench/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent, parseTime } from '../../src/plan/index.ts';

function outcome(driver: string, events: readonly string[], until = '20s') {
  const object = parseObject(readFileSync(`fixtures/kernels/${driver}.o`), driver);
  const bench = new Bench({ object, events: events.map(parseEvent) });
  try {
    return run(bench, { until: parseTime(until), invariants: ['noLeak'] });
  } finally {
    bench.close();
  }
}

describe('what users of a driver call it for', () => {
  it.each(['amd64', 'i386'])('keys and values, %s', (machine) => {
    const events = ['at=5s guest.kv write guestinfo.x some text', 'at=6s guest.kv read guestinfo.x'];
    const { host, findings } = outcome(`vmt-patched-${machine}`, events);
    expect(host.rpciCommands).toContain('info-set guestinfo.x some text');
    expect(host.rpciCommands).toContain('info-get guestinfo.x');
    expect(findings).toEqual([]);
  });

  it.each(['vmt-patched-amd64', 'vmt-netbsd-patched-amd64', 'vmt-freebsd-patched-i386'])('a shutdown, %s', (driver) => {
    const { host, findings, outcome: how } = outcome(driver, ['at=5s guest.shutdown']);
    expect([how, findings, host.channelsOpen]).toEqual(['halted', [], 0]);
    expect(host.rpciCommands).toContain('tools.capability.hgfs_server toolbox 0');
  });

  it('sysctl(9) nodes that the driver answers itself', () => {
    expect(outcome('vmt-netbsd-patched-i386', ['at=5s guest.sysctl']).findings).toEqual([]);
  });

  it.each(['vm_cmd', 'vm_ins', 'vm_outs', 'vmt_probe_cmd', 'vmt_get_time', 'vmt_probe'])('guest.frame %s', (name) => {
    const { findings, sites } = outcome('vmt-patched-amd64', [`at=5s guest.frame ${name}`]);
    expect(findings).toEqual([]);
    expect(sites.missed.map((site) => site.function)).not.toContain(name);
  });

  it('asked for from a console line comes when the call that printed it is over', () => {
    for (const when of ['console=/at pvbus0/', 'after=OS_PowerOn:1']) {
      const { host } = outcome('vmt-patched-amd64', [`${when} guest.kv read guestinfo.y`]);
      expect([when, host.rpciCommands]).toEqual([when, expect.arrayContaining(['info-get guestinfo.y'])]);
    }
  });

  it.each([
    ['vmt-netbsd-patched-amd64', 'guest.kv read x', /guest\.kv read x is not possible with this guest/],
    ['vmt-patched-amd64', 'guest.sysctl', /guest\.sysctl is not possible/],
    ['vmt-patched-amd64', 'guest.frame vmt_attach', /guest\.frame vmt_attach is not possible/],
  ])('%s refuses %s', (driver, event, message) => {
    expect(() => outcome(driver, [`at=1s ${event}`])).toThrow(message);
  });

  it.each(['guest.kv', 'guest.kv read', 'guest.kv erase x', 'guest.shutdown now', 'guest.frame a b'])(
    '%s is no event',
    (event) => {
      expect(() => parseEvent(`at=1s ${event}`)).toThrow();
    },
  );
});
