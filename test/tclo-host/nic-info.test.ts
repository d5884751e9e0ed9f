import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeNicInfo, type NetworkAddress, type NicInfo } from '../../src/tclo-host/index.ts';
import { bytes, Guest } from './guest.ts';
import { encodeNicInfo, encodeNicInfoV2, XdrWriter } from './xdr-writer.ts';

const EMPTY = { dns: null, wins: null, dhcpV4: null, dhcpV6: null };
const option = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 2 });
const v4 = fc.ipV4().map((text) => ({ type: 'ipv4', text }) as const);
const octet = fc.integer({ min: 1, max: 0xffff }).map((group) => group.toString(16));
/** RFC 5952 leaves one spelling of each: without zero groups, and with one run of them. */
const v6 = fc
  .oneof(
    fc.array(octet, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
    fc
      .tuple(fc.array(octet, { maxLength: 3 }), fc.array(octet, { maxLength: 3 }))
      .map(([a, b]) => `${a.join(':')}::${b.join(':')}`),
  )
  .map((text) => ({ type: 'ipv6', text }) as const);
const zone = fc.integer({ min: 0, max: 0xffffffff });
const address: fc.Arbitrary<NetworkAddress> = fc.oneof(
  v4,
  v6,
  fc.tuple(v4, zone).map(([{ text }, number]) => ({ type: 'ipv4z', text: `${text}%${number}` }) as const),
  fc.tuple(v6, zone).map(([{ text }, number]) => ({ type: 'ipv6z', text: `${text}%${number}` }) as const),
  fc.domain().map((text) => ({ type: 'dns', text }) as const),
  fc.constant({ type: 'unknown', text: '' } as const),
);
const prefix = fc.integer({ min: 0, max: 32 });
const name = fc.string({ maxLength: 60 });
const dhcp = fc.record({ enabled: fc.boolean(), settings: name });
const config = {
  dns: option(
    fc.record({
      hostName: option(name),
      domainName: option(name),
      servers: fc.array(address, { maxLength: 16 }),
      searchSuffixes: fc.array(name, { maxLength: 10 }),
    }),
  ),
  wins: option(fc.record({ primary: v4, secondary: v4 })),
  dhcpV4: option(dhcp),
  dhcpV6: option(dhcp),
};
const nic = fc.record({
  mac: option(fc.constantFrom('00:50:56:01:02:03', '00:0c:29:ff:ff:ff')),
  addresses: fc.array(
    fc
      .tuple(
        address,
        prefix,
        option(fc.constantFrom('manual', 'dhcp', 'random')),
        option(fc.constantFrom('preferred', 'optimistic')),
      )
      .map(([it, bits, origin, status]) => ({ ...it, prefix: bits, origin, status })),
    { maxLength: 5 },
  ),
  ...config,
});
const info: fc.Arbitrary<NicInfo> = fc.array(nic, { minLength: 1, maxLength: 4 }).chain((interfaces) =>
  fc.record({
    version: fc.constant(3 as const),
    interfaces: fc.constant(interfaces),
    routes: fc.array(
      fc.record({
        destination: address,
        prefix,
        nextHop: option(address),
        interface: fc.nat({ max: interfaces.length - 1 }),
        type: fc.constantFrom('other', 'reject', 'local', 'remote'),
        metric: option(fc.integer({ min: 0, max: 1000 })),
      }),
      { maxLength: 4 },
    ),
    ...config,
  }),
);

describe('version 3', () => {
  test('any network comes out as it went in', () => {
    fc.assert(
      fc.property(info, (network) => {
        expect(decodeNicInfo(encodeNicInfo(network))).toEqual(network);
      }),
      { numRuns: 500 },
    );
  });

  test('a list cut off anywhere is refused', () => {
    const [sample] = fc.sample(info, { numRuns: 1, seed: 3 });
    const whole = encodeNicInfo(sample as NicInfo);
    for (let end = 0; end < whole.length; end += 1) expect(decodeNicInfo(whole.subarray(0, end))).toBeNull();
    expect(decodeNicInfo(Uint8Array.of(...whole, 1, 2, 3))).toEqual(sample);
  });

  test.each([
    ['no list at all', new XdrWriter().word(3).word(0).bytes, { version: 3, interfaces: [], routes: [], ...EMPTY }],
    ['version 1', new XdrWriter().word(1).word(0).bytes, null],
    ['version 4', new XdrWriter().word(4).word(0).bytes, null],
    ['17 interfaces', new XdrWriter().word(3).word(1).word(17).bytes, null],
    ['4 thousand million interfaces', new XdrWriter().word(3).word(1).word(0xffffffff).bytes, null],
    ['an optional part that is neither there nor not', new XdrWriter().word(3).word(2).bytes, null],
  ])('%s', (_name, list, decoded) => {
    expect(decodeNicInfo(list)).toEqual(decoded);
  });

  test.each([
    ['an IPv4 prefix of 33', [3, 1, 1, 0, 1, 1, 4, 0x0a000001, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['an IPv4 address of 8 bytes', [3, 1, 1, 0, 1, 1, 8, 0x0a000001, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['an origin that is none', [3, 1, 1, 0, 1, 1, 4, 0x0a000001, 24, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a route of an interface that is none', [3, 1, 0, 1, 1, 4, 0x0a000000, 8, 0, 0, 4, 1, 0, 0, 0, 0]],
  ])('%s is refused', (_name, words) => {
    const xdr = new XdrWriter();
    for (const word of words) xdr.word(word);
    expect(decodeNicInfo(xdr.bytes)).toBeNull();
  });
});

describe('version 2', () => {
  test.each([
    ['24', false, 24],
    ['0xffffff00', false, 24],
    ['255.255.240.0', false, 20],
    ['0x00000000', false, 0],
    ['', false, null],
    ['64', true, 64],
  ])('mask %j', (mask, v6Address, bits) => {
    const ip = v6Address ? 'fd00::1' : '10.1.2.3';
    const list = encodeNicInfoV2([{ mac: '00:50:56:01:02:03', ips: [{ v6: v6Address, dhcp: !v6Address, ip, mask }] }]);
    const origin = v6Address ? null : 'dhcp';
    const [type, text] = [v6Address ? 'ipv6' : 'ipv4', ip];
    expect(decodeNicInfo(list)).toEqual({
      version: 2,
      interfaces: [
        { mac: '00:50:56:01:02:03', addresses: [{ type, text, prefix: bits, origin, status: null }], ...EMPTY },
      ],
      routes: [],
      ...EMPTY,
    });
  });

  test.each(['0xff00ff00', '255.0.255.0', '33', '999.0.0.0', '0x', 'x'])('mask %j is refused', (mask) => {
    expect(
      decodeNicInfo(encodeNicInfoV2([{ mac: '', ips: [{ v6: false, dhcp: false, ip: '1.2.3.4', mask }] }])),
    ).toBeNull();
  });
});

test('100,000 mutated lists decode or are refused, and what decodes is bounded', () => {
  const v2 = encodeNicInfoV2([
    { mac: '00:50:56:01:02:03', ips: [{ v6: false, dhcp: true, ip: '10.0.0.1', mask: '8' }] },
  ]);
  const lists = [...fc.sample(info, { numRuns: 20, seed: 5 }).map(encodeNicInfo), v2];
  let state = 1;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % bound;
  };
  const count = { decoded: 0, refused: 0 };
  for (let round = 0; round < 100_000; round += 1) {
    const mutated = (lists[below(lists.length)] as Uint8Array).slice();
    for (let flips = 1 + below(3); flips > 0; flips -= 1) {
      const at = below(mutated.length);
      // Words are counts and choices: small changes in their last byte reach deepest.
      if (below(2) === 0) mutated[at - (at % 4) + 3] = below(18);
      else mutated[at] = below(256);
    }
    const network = decodeNicInfo(mutated.subarray(0, below(16) === 0 ? below(mutated.length) : mutated.length));
    if (network === null) count.refused += 1;
    else {
      count.decoded += 1;
      if (network.interfaces.length > 16 || network.routes.length > 100) throw new Error('more than the format has');
    }
  }
  expect(Math.min(count.decoded, count.refused)).toBeGreaterThan(10_000);
});

test('SetGuestInfo 9 and 10 refuse what is no list, and keep what was told before', () => {
  const guest = new Guest();
  const [sample] = fc.sample(info, { numRuns: 1, seed: 9 });
  const request = (id: number, list: Uint8Array): Uint8Array =>
    Uint8Array.of(...bytes(`SetGuestInfo  ${id} `), ...list);
  const list = encodeNicInfo(sample as NicInfo);
  for (const id of [9, 10]) {
    expect(guest.rpci(request(id, list))).toBe('1 ');
    expect(guest.rpci(request(id, list.subarray(0, 9)))).toBe('0 Malformed guest info');
    expect(guest.host.guestInfo.network).toEqual(sample);
  }
});
