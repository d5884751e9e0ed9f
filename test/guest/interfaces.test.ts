import { describe, expect, test } from 'vitest';
import type { NetworkInterfaceOptions } from '../../src/guest/interfaces.ts';
import { bench, fixturePath } from './support/bench.ts';

const INTERFACES: readonly NetworkInterfaceOptions[] = [
  // Loopback and link-local addresses are none that the driver tells.
  { name: 'lo0', addresses: ['127.0.0.1/8', '::1/128', 'fe80::1/64'] },
  {
    name: 'vmx0',
    mac: '00:50:56:01:02:03',
    addresses: ['10.0.0.5/24', 'fe80::250:56ff:fe01:203/64', '2001:db8::5/64', '192.168.7.1/30'],
  },
  { name: 'wg0', addresses: ['172.16.0.1/12', 'fd00::1/128'] },
  { name: 'vmx1', mac: '00:50:56:aa:bb:cc', addresses: [] },
];

const address = (type: string, text: string, prefix: number): object => ({
  type,
  text,
  prefix,
  origin: null,
  status: null,
});
const none = { dns: null, wins: null, dhcpV4: null, dhcpV6: null };

describe.each(['vmt-patched-amd64.o', 'vmt-patched-i386.o', 'vmt-unpatched-amd64.o'])('%s', (name) => {
  test('tells the interfaces that the kernel has, IPv4 and IPv6, with and without an Ethernet address', () => {
    const { guest, host, run } = bench(fixturePath(name), { interfaces: INTERFACES });
    expect(run(5)).toBeNull();
    expect(host.guestInfo.network).toEqual({
      version: 3,
      interfaces: [
        {
          mac: '00:50:56:01:02:03',
          addresses: [
            address('ipv4', '10.0.0.5', 24),
            address('ipv6', '2001:db8::5', 64),
            address('ipv4', '192.168.7.1', 30),
          ],
          ...none,
        },
        { mac: null, addresses: [address('ipv4', '172.16.0.1', 12), address('ipv6', 'fd00::1', 128)], ...none },
      ],
      routes: [],
      ...none,
    });
    guest.close();
  });

  test('asked for its address it tells one, the last interface’s first, and no error', () => {
    const { guest, host, run } = bench(fixturePath(name), { interfaces: INTERFACES });
    run(5);
    expect(host.report.tcloReplies.filter((reply) => reply.startsWith('ERROR'))).toEqual([]);
    expect(host.rpci.store.get('guestinfo.ip')).toEqual(new TextEncoder().encode('172.16.0.1'));
    guest.close();
  });

  test('a kernel without interfaces tells an empty list', () => {
    const { guest, host, run } = bench(fixturePath(name));
    run(5);
    expect(host.guestInfo.network).toEqual({ version: 3, interfaces: [], routes: [], ...none });
    expect(host.guestInfo).toMatchObject({ hostName: 'puffy.example.org', osName: expect.any(String) });
    guest.close();
  });
});

describe.each(['unpatched-amd64', 'patched-amd64', 'unpatched-i386', 'patched-i386'])('vmt-netbsd-%s.o', (build) => {
  const path = fixturePath(`vmt-netbsd-${build}.o`);
  const reported = (interfaces: readonly NetworkInterfaceOptions[]): unknown => {
    const { guest, host, run } = bench(path, { interfaces });
    expect(run(40)).toBeNull();
    guest.close();
    const address = host.rpci.store.get('guestinfo.ip');
    const replies = host.report.tcloReplies.filter((reply) => reply.startsWith('ERROR'));
    return [address === undefined ? null : new TextDecoder().decode(address), replies];
  };

  test('asked for its address it tells the first one of the first interface that has one, and is no loopback', () => {
    expect(reported(INTERFACES)).toEqual(['10.0.0.5', []]);
    const later = [{ name: 'vmx1', addresses: ['fd00::1/64'] }, ...INTERFACES.slice(2), ...INTERFACES.slice(0, 2)];
    expect(reported(later)).toEqual(['172.16.0.1', []]);
  });

  test('with nothing but loopback it has none', () => {
    expect(reported(INTERFACES.slice(0, 1))).toEqual([null, ['ERROR Unable to find guest IP address']]);
  });
});

test.each([
  [{ name: 'vmx0', mac: '0:1:2:3:4:5', addresses: [] }],
  [{ name: 'vmx0', addresses: ['10.0.0.5'] }],
  [{ name: 'vmx0', addresses: ['10.0.0.5/33'] }],
  [{ name: 'vmx0', addresses: ['10.0.0/8'] }],
  [{ name: 'vmx0', addresses: ['2001:db8::5/129'] }],
])('%j is no interface', (options) => {
  for (const name of ['vmt-patched-amd64.o', 'vmt-netbsd-patched-amd64.o', 'vmt-freebsd-patched-amd64.o']) {
    expect(() => bench(fixturePath(name), { interfaces: [options] })).toThrow(
      expect.objectContaining({ code: 'guest.interface' }),
    );
  }
});
