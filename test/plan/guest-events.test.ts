import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, type BenchOptions, parseEvent, parseObject, run } from '../../src/index.ts';

const VIO0 = { name: 'vio0', mac: '00:50:56:00:00:01', addresses: ['10.0.0.5/24'] };

function open(driver: string, events: readonly string[], more: Partial<BenchOptions> = {}): Bench {
  const object = parseObject(readFileSync(`fixtures/kernels/${driver}.o`), driver);
  return new Bench({ object, machine: { interfaces: [VIO0] }, events: events.map(parseEvent), ...more });
}

/** Every address that the guest told when it was asked, in order. */
function reported(driver: string, ...events: string[]): string[] {
  const bench = open(driver, [...events, 'every=9s broadcastIp']);
  const { host } = run(bench, { until: 60e9 });
  bench.close();
  const addresses = host.rpciCommands.flatMap((line) => /^info-set guestinfo\.ip (.*)$/.exec(line)?.[1] ?? []);
  return addresses.filter((address, index) => address !== addresses[index - 1]);
}

describe('guest.address', () => {
  it.each(['vmt-patched-amd64', 'vmt-hardened-i386', 'vmt-netbsd-patched-amd64', 'vmt-netbsd-unpatched-i386'])(
    '%s tells the new address when it is asked again',
    (driver) => {
      expect(reported(driver)).toEqual(['10.0.0.5']);
      expect(reported(driver, 'at=20s guest.address vio0 10.0.0.9/24')).toEqual(['10.0.0.5', '10.0.0.9']);
      expect(reported(driver, 'at=20s guest.address vio0', 'at=30s guest.address vio0 192.168.1.1/30')).toEqual([
        '10.0.0.5',
        '192.168.1.1',
      ]);
    },
  );

  it.each(['after=reset:1', 'console=/vmt0 at/', 'after=Set_Option:1', 'after=rpci.open:9'])(
    'comes under way, too: %s',
    (when) => {
      expect(reported('vmt-patched-amd64', `${when} guest.address vio0 10.9.9.9/8`).at(-1)).toBe('10.9.9.9');
    },
  );

  it('is told to those who look on as an event, and is a disturbance', () => {
    const bench = open('vmt-patched-amd64', ['at=20s guest.address vio0 10.0.0.9/24']);
    const seen: string[] = [];
    bench.watchers.push({ hostEvent: ({ at, kind, text }) => kind === 'event' && seen.push(`${at / 1e9} ${text}`) });
    const { notes } = run(bench, { until: 40e9 });
    bench.close();
    expect(seen).toEqual(['20 guest.address vio0 10.0.0.9/24']);
    expect(notes).toEqual([expect.stringContaining('recovers is undecided: the last disturbance was at 20.000000s')]);
  });

  it.each([
    ['at=1s guest.address', 'guest.address names no interface'],
    ['at=1s guest.address vio0 10.0.0.9', '10.0.0.9 is no address'],
    ['at=1s guest.address vio0 dhcp', 'dhcp is no address'],
  ])('%s is none', (line, message) => {
    expect(() => parseEvent(line)).toThrow(message);
  });

  it.each([
    ['at=1s guest.address vio1 10.0.0.9/24', 'the machine has no interface vio1'],
    [`at=1s guest.address vio0${' 10.0.0.9/24'.repeat(6)}`, 'vio0 cannot have 6 addresses'],
  ])('%s: no such machine', (line, message) => {
    expect(() => open('vmt-patched-amd64', [line])).toThrow(expect.objectContaining({ code: 'event.text', message }));
  });

  it('is for the interfaces of either option', () => {
    const guest = { interfaces: [{ ...VIO0, name: 'em0' }] };
    open('vmt-patched-amd64', ['at=1s guest.address em0 10.0.0.9/24'], { guest, machine: {} }).close();
    expect(() => open('vmt-patched-amd64', ['at=1s guest.address vio0 10.0.0.9/24'], { guest })).toThrow(/It has|vio0/);
  });
});
