import { describe, expect, test } from 'vitest';
import { MOUSE_QUEUE_LIMIT } from '../../src/tclo-host/index.ts';
import { Guest } from './guest.ts';

const DATA = 0x27;
const STATUS = 0x28;
const COMMAND = 0x29;
const RESTRICT = 0x56;
const ENABLE = 0x45414552;
const DISABLE = 0xf5;
const RELATIVE = 0x4c455252;
const ABSOLUTE = 0x53424152;

/** The start of Linux' and X's driver, step by step. */
function enabled(guest: Guest): void {
  guest.command(COMMAND, ENABLE);
  expect(guest.command(STATUS).eax).toBe(1);
  expect(guest.command(DATA, 1).eax).toBe(0x3442554a);
  guest.command(COMMAND, ABSOLUTE);
}

describe('vmmouse', () => {
  test('is off until it is enabled, and off again when it is disabled', () => {
    const guest = new Guest();
    expect(guest.command(STATUS).eax >>> 16).toBe(0xffff);
    expect(guest.host.mouse.move({ x: 1, y: 1 })).toBe(false);
    enabled(guest);
    guest.command(COMMAND, DISABLE);
    expect(guest.command(STATUS).eax).toBe(0xffff0000);
  });

  test('an event nudges the guest by PS/2, which then reads four words into eax, ebx, ecx and edx', () => {
    const guest = new Guest();
    enabled(guest);
    let nudges = 0;
    guest.host.mouse.onNudge = () => {
      nudges += 1;
    };
    expect(guest.host.mouse.move({ x: 0x1234, y: 0xffff, z: -1, left: true, middle: true })).toBe(true);
    expect([nudges, guest.command(STATUS).eax]).toEqual([1, 4]);
    const { eax, ebx, ecx, edx } = guest.command(DATA, 4);
    expect([eax, ebx, ecx, edx]).toEqual([0x28, 0x1234, 0xffff, 0xffffffff]);
    expect(guest.command(STATUS).eax).toBe(0);
  });

  test('ISMOUSEABSOLUTE, and relative packets that say so', () => {
    const guest = new Guest();
    enabled(guest);
    expect(guest.command(0x24).eax).toBe(1);
    guest.command(COMMAND, RELATIVE);
    expect(guest.command(0x24).eax).toBe(0);
    guest.host.mouse.move({ x: -1, y: 2, right: true });
    const { eax, ebx, ecx } = guest.command(DATA, 3);
    expect([eax, ebx, ecx]).toEqual([0x10010, 0xffffffff, 2]);
  });

  test('up to six words at once; each length fills its registers and leaves the others', () => {
    for (let count = 1; count <= 6; count += 1) {
      const guest = new Guest();
      enabled(guest);
      guest.host.mouse.move({ x: 11, y: 12, z: 13 });
      guest.host.mouse.move({ x: 14, y: 15 });
      const { eax, ebx, ecx, edx, esi, edi } = guest.command(DATA, count);
      const untouched = [0x564d5868, count, DATA, 0x5658, 0, 0];
      const queued = [0, 11, 12, 13, 0, 14];
      expect([eax, ebx, ecx, edx, esi, edi]).toEqual([...queued.slice(0, count), ...untouched.slice(count)]);
    }
  });

  test.each([0, 2, 7, 0xffffffff])('reading %i words of one is an error state', (count) => {
    const guest = new Guest();
    guest.command(COMMAND, ENABLE);
    guest.command(DATA, count);
    expect(guest.command(STATUS).eax).toBe(0xffff0000);
  });

  test('the queue is bounded, for events and for enabling', () => {
    const guest = new Guest();
    enabled(guest);
    let taken = 0;
    while (guest.host.mouse.move({ x: 0, y: 0 })) taken += 1;
    expect(taken).toBe(MOUSE_QUEUE_LIMIT / 4);
    guest.command(COMMAND, ENABLE);
    expect(guest.command(STATUS).eax).toBe(MOUSE_QUEUE_LIMIT);
  });

  test.each([
    ['any', 0, 3, 1],
    ['ring 0, from ring 0', 1, 0, 1],
    ['ring 0, from ring 3', 1, 3, 0xffffffff],
    ['I/O privilege, from ring 3', 2, 3, 0xffffffff],
    ['a word that is none', 9, 3, 1],
  ])('ABSPOINTER_RESTRICT to %s', (_name, to, ring, status) => {
    const guest = new Guest({ options: { ring } });
    guest.command(COMMAND, ENABLE);
    guest.command(RESTRICT, to);
    expect(guest.command(STATUS).eax).toBe(status);
  });
});
