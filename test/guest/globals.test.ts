import { afterEach, describe, expect, test } from 'vitest';
import type { Guest, GuestOutcome } from '../../src/guest/index.ts';
import { createGuest } from '../../src/kernels/index.ts';
import { parseObject } from '../../src/object/index.ts';
import {
  compileBytes,
  hasBinutils,
  hasCompiler,
  KERNEL,
  linkBytes,
  MACHINES,
  strip,
  type TestMachine,
} from './support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

function guestOf(bytes: Uint8Array): Guest {
  const guest = createGuest(parseObject(bytes, 'x.o'), { kernel: 'openbsd' });
  open.push(guest);
  return guest;
}

/** Variables lie in the order of the source. */
const ORDER = '-fno-toplevel-reorder';
const PROTOTYPES = `
typedef unsigned long size_t; typedef unsigned char u8;
void *memcpy(void *, const void *, size_t); size_t strlen(const char *); int snprintf(char *, size_t, const char *, ...);
`;

const load = (source: string, machine: TestMachine, ...flags: readonly string[]): Guest =>
  guestOf(compileBytes(PROTOTYPES + source, machine, [...KERNEL[machine], '-O1', '-fno-builtin', ORDER, ...flags]));

/** What an access of `bytes` bytes at index `at` came to: its finding's one line, or null. */
function touch(guest: Guest, name: string, at: number): string | null {
  const { outcome } = guest.call(name, [BigInt(at)]);
  return outcome === null ? null : message(outcome);
}

function message(outcome: GuestOutcome): string {
  if (outcome.kind !== 'memory') throw new Error(outcome.kind);
  return `${outcome.message}. ${outcome.detail}`.replace(/0x[0-9a-f]+/g, 'ADDRESS');
}

// Two variables with padding between them, in memory that starts as zero and in memory that does not.
const PADDED = `
struct { u8 at[13]; } a; struct { double d; } b; struct { u8 at[13]; } c = {{ 1 }}; struct { double d; } d = { 2 };
void zero(int i) { a.at[i] = 1; b.d = 1; } int full(int i) { d.d = 3; return c.at[i]; }`;

describe.skipIf(!hasCompiler).each(MACHINES)('variables of an object, %s', (machine) => {
  test('padding behind one is nobody’s: stores and loads, whatever the section', () => {
    const guest = load(PADDED, machine);
    expect([touch(guest, 'zero', 12), touch(guest, 'full', 12)]).toEqual([null, null]);
    expect(touch(guest, 'zero', 13)).toBe(
      'out of bounds write: 1 byte at ADDRESS, 1 byte past the end of a, a global of 13 bytes. It lies at ADDRESS.',
    );
    expect(touch(guest, 'full', 14)).toBe(
      'out of bounds read: 1 byte at ADDRESS, 2 bytes past the end of c, a global of 13 bytes. It lies at ADDRESS.',
    );
  });

  test('with debug information the report says where it is defined', () => {
    expect(touch(load(PADDED, machine, '-g'), 'zero', 13)).toContain('. It is defined at x.c:5.');
    expect(
      touch(load('int f(int i) { static u8 own[13]; own[i] = i; return own[i / 2]; }', machine, '-g'), 'f', 13),
    ).toMatch(/past the end of own\.\d+, a global of 13 bytes\. It is defined at x\.c:4\.$/);
  });

  test('sections lie apart, and so each variable that has one of its own', () => {
    const source = 'int a[4]; int b[4]; void up(int i) { a[i] = 1; } void down(int i) { b[i] = 1; }';
    const together = load(source, machine);
    expect([touch(together, 'up', 4), touch(together, 'down', -1)]).toEqual([null, null]);
    const apart = load(source, machine, '-fdata-sections');
    expect([touch(apart, 'up', 3), touch(apart, 'down', 0)]).toEqual([null, null]);
    expect(touch(apart, 'up', 4)).toContain('4 bytes at ADDRESS, 1 byte past the end of a, a global of 16 bytes');
    expect(touch(apart, 'down', -1)).toContain('4 bytes at ADDRESS, 4 bytes before b, a global of 16 bytes');
  });

  test('COMMON symbols lie apart', () => {
    const guest = load('int a[4]; int b[4]; void set(int i) { a[i] = b[0] + 1; }', machine, '-fcommon');
    expect(touch(guest, 'set', 3)).toBeNull();
    expect(touch(guest, 'set', 4)).toContain('past the end of a, a global of 16 bytes');
  });

  test('constants end where their section does', () => {
    const guest = load('static const int t[3] = {1,2,3}; int get(int i) { return t[i]; }', machine, '-O2');
    expect([touch(guest, 'get', 2), touch(guest, 'get', 3)]).toEqual([
      null,
      expect.stringContaining('out of bounds read'),
    ]);
  });

  test('a function of the kernel that begins in one and ends in another', () => {
    const source = `struct { u8 at[16]; } to; struct { u8 at[16]; } next = { "x" }; const char from[64] = "0123456789abcdef01";
      void copy(int n) { memcpy(to.at + 4, from, n); } void print(int n) { snprintf((char *)to.at, 64, "%0*d", n, 7); }
      int count(int i) { return strlen(from + i); } void out(int n) { memcpy(next.at, from + 32, n); }`;
    const guest = load(source, machine, '-fno-zero-initialized-in-bss');
    expect([touch(guest, 'copy', 12), touch(guest, 'print', 15), touch(guest, 'count', 3)]).toEqual([null, null, null]);
    expect(touch(guest, 'copy', 13)).toContain(
      'memcpy: out of bounds write: 13 bytes at ADDRESS, 4 bytes into to, a global of 16 bytes, and 1 byte past its end',
    );
    expect(touch(guest, 'print', 16)).toContain('snprintf: out of bounds write: 17 bytes at ADDRESS, 0 bytes into to');
    expect(touch(guest, 'out', 33)).toContain('memcpy: out of bounds read: 33 bytes at ADDRESS, 32 bytes into from');
  });

  test('string I/O that begins in one and ends in another', () => {
    const source = `struct { u8 at[16]; } to; struct { u8 at[16]; } next;
      void ins(int n) { void *p = to.at; next.at[0] = 1; __asm__ volatile("cld; rep insb" : "+D"(p), "+c"(n) : "d"(0x5659) : "memory"); }
      void outs(int n) { void *p = next.at + 8; __asm__ volatile("cld; rep outsb" : "+S"(p), "+c"(n) : "d"(0x5659) : "memory"); }`;
    const guest = load(source, machine);
    expect([touch(guest, 'ins', 16), touch(guest, 'outs', 8)]).toEqual([null, null]);
    expect(touch(guest, 'ins', 17)).toContain(
      '17 bytes at ADDRESS, 0 bytes into to, a global of 16 bytes, and 1 byte past',
    );
    expect(touch(guest, 'outs', 9)).toContain('out of bounds read: 9 bytes at ADDRESS, 8 bytes into next');
  });

  test.each([
    // Of what has no name nothing is known.
    [
      'an anonymous variable',
      '.data; .globl a; .type a, @object; .size a, 5; a: .zero 5; .Lx: .byte 0; .balign 8; .type b, @object; .size b, 8; b: .quad 0',
      'movb .Lx, %al',
    ],
    [
      'a variable of no size',
      '.bss; .type a, @object; .size a, 5; a: .zero 5; .balign 8; b: .zero 13; .balign 8; .type c, @object; .size c, 8; c: .zero 8',
      'movb b+14, %al',
    ],
    [
      'more room than padding takes',
      '.bss; .balign 8; .type a, @object; .size a, 8; a: .zero 16; .type b, @object; .size b, 8; b: .zero 8',
      'movb %al, a+8',
    ],
    [
      'what is not zero',
      '.data; .balign 8; .type a, @object; .size a, 7; a: .zero 7; .byte 1; .type b, @object; .size b, 8; b: .zero 8',
      'movb a+7, %al',
    ],
    [
      'an array of a link set',
      '.section set_of, "aw"; .balign 8; .type a, @object; .size a, 5; a: .zero 5; .balign 8; .type b, @object; .size b, 8; b: .zero 8',
      'movb a+7, %al',
    ],
  ])('%s stays the guest’s', (_, data, code) => {
    const source = `#as .file "x.S"; .text; .globl f; f: ${code}; ret; ${data}`;
    expect(guestOf(compileBytes(source, machine, [])).call('f').outcome).toBeNull();
  });

  test.skipIf(!hasBinutils)('an object without the names of its local variables keeps its padding', () => {
    const bytes = compileBytes(`${PROTOTYPES}${PADDED}`, machine, [...KERNEL[machine], '-O1', ORDER]);
    expect(touch(guestOf(bytes), 'zero', 13)).not.toBeNull();
    expect(touch(guestOf(strip(bytes)), 'zero', 13)).toBeNull();
  });

  test.skipIf(!hasBinutils)('of a linked program only what begins in a variable is judged, and not at a label', () => {
    const source = `${PROTOTYPES}extern char __bss_start[]; double b; u8 a[13]; const char from[64];
      __attribute__((noipa)) void *memcpy(void *t, const void *f, size_t n) { return t; }
      void copy(int n) { memcpy(a, from, n); b = 1; } void clear(int n) { memcpy(__bss_start, from, n); } void poke(int i) { a[i] = 1; }`;
    const flags = [...KERNEL[machine], '-O1', '-fno-builtin', ORDER];
    const text = machine === 'amd64' ? '0xffffffff80200000' : '0xc0200000';
    const guest = guestOf(linkBytes(source, machine, flags, ['-e', 'copy', '-Ttext', text]));
    expect([touch(guest, 'poke', 13), touch(guest, 'clear', 20)]).toEqual([null, null]);
    expect(touch(guest, 'copy', 14)).toContain('0 bytes into a, a global of 13 bytes, and 1 byte past its end');
  });
});

test.skipIf(!hasCompiler)('without the memory checker nothing of this is seen', () => {
  const object = parseObject(compileBytes(PROTOTYPES + PADDED, 'amd64', [...KERNEL.amd64, '-O1']), 'x.o');
  const guest = createGuest(object, { kernel: 'openbsd', memoryChecker: false });
  open.push(guest);
  expect(guest.call('zero', [13n]).outcome).toBeNull();
});
