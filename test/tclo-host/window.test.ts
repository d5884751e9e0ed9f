import { expect, test } from 'vitest';
import { SELECTION_LIMIT, STATS_PAGES_LIMIT } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import { bytes, Guest, text } from './guest.ts';

const words = (data: Uint8Array): number[] =>
  Array.from({ length: Math.ceil(data.length / 4) }, (_, word) =>
    [0, 1, 2, 3].reduce((sum, byte) => sum + (data[4 * word + byte] ?? 0) * 256 ** byte, 0),
  );

test('SETPTRLOCATION, GETPTRLOCATION: the pointer is where it was put', () => {
  const guest = new Guest();
  guest.command(0x05, 0x0102_0304);
  expect(guest.command(0x04).eax).toBe(0x0102_0304);
  guest.host.window.point(640, 480);
  expect(guest.command(0x04).eax).toBe(640 * 0x10000 + 480);
});

test('GETSELLENGTH, GETNEXTPIECE: the host’s selection in pieces of four, again from its start', () => {
  const guest = new Guest();
  guest.host.window.offerSelection(bytes('hello'));
  for (const _round of [1, 2]) {
    expect(guest.command(0x06).eax).toBe(5);
    expect([guest.command(0x07).eax, guest.command(0x07).eax, guest.command(0x07).eax]).toEqual([
      ...words(bytes('hello')),
      0,
    ]);
  }
  guest.host.window.offerSelection(new Uint8Array(SELECTION_LIMIT + 1));
  expect(guest.command(0x06).eax).toBe(SELECTION_LIMIT);
  guest.host.window.offerSelection(null);
  expect(guest.command(0x06).eax).toBe(0xffffffff);
});

test('SETGUIOPTIONS switches the exchange of selections off: -2', () => {
  const guest = new Guest();
  guest.command(0x0e, 0x400);
  expect([guest.command(0x0d).eax, guest.command(0x06).eax]).toEqual([0x400, 0xfffffffe]);
});

test('SETSELLENGTH, SETNEXTPIECE: the guest’s selection, whole or not at all', () => {
  const guest = new Guest();
  const { window } = guest.host;
  guest.command(0x08, 5);
  for (const word of words(bytes('hello'))) {
    expect(window.selection).toBeNull();
    guest.command(0x09, word);
  }
  expect(text(window.selection ?? bytes(''))).toBe('hello');
  guest.command(0x09, 0x41414141);
  guest.command(0x08, SELECTION_LIMIT + 1);
  guest.command(0x09, 0x41414141);
  expect(text(window.selection ?? bytes(''))).toBe('hello');
  guest.command(0x08, 0);
  expect(window.selection).toEqual(new Uint8Array(0));
});

test('GETDEVICELISTELEMENT, TOGGLEDEVICE: name, number, whether it is connected', () => {
  const guest = new Guest({
    identity: {
      devices: [
        { name: 'ide1:0', connected: true },
        { name: 'x'.repeat(40), connected: false },
      ],
    },
  });
  const entry = (id: number): number[] =>
    Array.from({ length: 10 }, (_, word) => guest.command(0x0b, id * 0x10000 + 4 * word).ebx);
  expect(entry(0)).toEqual([...words(bytes('ide1:0')), 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(entry(1)).toEqual([...Array(7).fill(0x78787878), 0x00787878, 1, 0]);
  expect(guest.command(0x0c, 0x80000001).eax).toBe(1);
  expect(entry(1).at(-1)).toBe(1);
  expect(guest.command(0x0c, 1).eax).toBe(1);
  expect(entry(1).at(-1)).toBe(0);
  expect([guest.command(0x0c, 2).eax, guest.command(0x0b, 2 * 0x10000).eax, guest.command(0x0b, 37).eax]).toEqual([
    0, 0, 0,
  ]);
});

test('MKS_GUEST_STATS: pages by all 64 bits of rbx; more than the limit are forgotten', () => {
  const guest = new Guest();
  const stats = (sub: number, page: bigint): void => {
    const frame = Frame.of({ eax: 0x564d5868, ecx: sub * 0x10000 + 0x55 });
    frame.rbx = page;
    guest.host.call(frame);
    expect(frame.rbx).toBe(page);
  };
  stats(1, 0x1_0000_0001n);
  stats(1, 1n);
  stats(2, 1n);
  expect(guest.host.window.pages).toEqual(['100000001']);
  for (let page = 0n; page < 200n; page += 1n) stats(1, page);
  expect(guest.host.window.pages).toHaveLength(STATS_PAGES_LIMIT);
  stats(0, 0n);
  expect(guest.host.window.pages).toEqual([]);
});
