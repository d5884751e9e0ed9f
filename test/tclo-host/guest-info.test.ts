import { describe, expect, test } from 'vitest';
import { GUEST_INFO } from '../../src/tclo-host/index.ts';
import { bytes, Guest } from './guest.ts';

const request = (id: number, data: ArrayLike<number>): Uint8Array =>
  Uint8Array.of(...bytes(`SetGuestInfo  ${id} `), ...Array.from(data));

const padded = (text: string, length: number): number[] =>
  [...bytes(text), ...Array<number>(length).fill(0)].slice(0, length);
const words64 = (...values: bigint[]): number[] => [...new Uint8Array(BigUint64Array.from(values).buffer)];
const words32 = (...values: number[]): number[] => [...new Uint8Array(Uint32Array.from(values).buffer)];

const memory = [...words32(1, 0x3f), ...words64(1000n, 400n, 10n, 20n, 300n, 30n)];
const disks = [2, ...words64(5n, 1n << 40n), ...padded('/', 100), ...words64(7n, 8n), ...padded('/home', 100)];
const detailed = [
  ...words32(1),
  ...padded('openbsd7-64', 129),
  ...padded('OpenBSD 7.5', 513),
  0,
  0,
  ...bytes("bitness='64'\0"),
];

const MEMORY = {
  version: 1,
  flags: 0x3f,
  total: 1000n,
  free: 400n,
  buffers: 10n,
  cache: 20n,
  active: 300n,
  inactive: 30n,
};

/** What each number's data becomes; 9 and 10 have tests of their own. */
const TOLD: readonly (readonly [keyof typeof GUEST_INFO, ArrayLike<number>, string, unknown])[] = [
  [1, bytes('puffy.example.org\0'), 'hostName', 'puffy.example.org'],
  [2, bytes('10.0.0.5 '), 'ipAddress', '10.0.0.5'],
  [
    3,
    disks,
    'partitions',
    [
      { name: '/', freeBytes: 5n, totalBytes: 1n << 40n },
      { name: '/home', freeBytes: 7n, totalBytes: 8n },
    ],
  ],
  [4, bytes('build-1'), 'buildNumber', 'build-1'],
  [5, bytes('OpenBSD 7.5'), 'osNameFull', 'OpenBSD 7.5'],
  [6, bytes('FreeBSD'), 'osName', 'FreeBSD'],
  [7, bytes('12300'), 'uptimeSeconds', 123],
  [8, memory, 'memory', MEMORY],
  [11, detailed, 'osDetailed', { shortName: 'openbsd7-64', fullName: 'OpenBSD 7.5', data: "bitness='64'" }],
];

describe('SetGuestInfo', () => {
  test.each(TOLD)('%i', (id, data, key, value) => {
    const guest = new Guest();
    expect(guest.host.guestInfo).toMatchObject({ [key]: null });
    expect(guest.rpci(request(id, data))).toBe('1 ');
    expect(guest.host.guestInfo).toMatchObject({ [key]: value });
  });

  test('every number has its row and its test', () => {
    expect(Object.keys(GUEST_INFO).map(Number)).toEqual([...TOLD.map(([id]) => id), 9, 10].sort((a, b) => a - b));
  });

  test.each([
    [3, [2, 1, 2, 3]],
    [7, bytes('soon')],
    [8, [1, 0, 0, 0]],
    [11, [1, 0, 0, 0]],
  ])('%i that is not what it should be is kept and decodes to nothing', (id, data) => {
    const guest = new Guest();
    expect(guest.rpci(request(id, data))).toBe('1 ');
    expect(Object.values(guest.host.guestInfo).every((value) => value === null)).toBe(true);
    expect(guest.host.rpci.guestInfo.get(id)).toEqual(Uint8Array.from(data));
  });

  test.each([0, 12, 99])('%i is refused', (id) => {
    expect(new Guest().rpci(request(id, [1]))).toBe('0 Unknown guest info');
  });
});
