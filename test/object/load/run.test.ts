import { afterEach, describe, expect, test } from 'vitest';
import type { Guest, GuestOptions } from '../../../src/guest/index.ts';
import { bindStubs, stub } from '../../../src/guest/stub.ts';
import { createGuest } from '../../../src/kernels/index.ts';
import { SHT_GROUP } from '../../../src/object/elf/sections.ts';
import { parseObject } from '../../../src/object/index.ts';
import { compile, compileBytes, hasCompiler, KERNEL, MACHINES, type TestMachine } from '../../guest/support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

const outside = bindStubs<null>(null, {
  twice: stub('int', ['int'], (_, [x]) => x * 2),
  wide: stub('i64', ['int', 'u64', 'int'], (_, [a, b, c]) => b + BigInt(a) * 0x100000000n + BigInt(c)),
});

function load(source: string, machine: TestMachine, flags: readonly string[], options: GuestOptions = {}): Guest {
  const object = compile(source, machine, [...flags]);
  const guest = createGuest(object, { kernel: 'bare', stubs: outside, ...options });
  open.push(guest);
  return guest;
}

function call(guest: Guest, name: string, ...args: bigint[]): number {
  const { outcome, value } = guest.call(name, args);
  expect(outcome).toBeNull();
  return Number(BigInt.asIntN(32, value));
}

const STYLES: Readonly<Record<string, readonly string[]>> = {
  'kernel code': ['kernel'],
  'position-independent code': ['-fPIC', '-O1'],
  'position-independent code without PLT': ['-fPIC', '-fno-plt', '-O2'],
  'hidden symbols': ['-fPIC', '-fvisibility=hidden', '-O1'],
};

const PROGRAM = `
int common; static int zero[100]; int data = 5; extern int twice(int); const char text[] = "abc";
__attribute__((weak)) extern int maybe(int); extern int data;
static int (*table[2])(int) = { twice, 0 };
__attribute__((noinline)) int inner(int x) { common += x; zero[7] += 1; return common + data; }
int outer(int x) { table[1] = inner; return table[x & 1](x) + (maybe ? maybe(x) : 1000) + text[1] + zero[7]; }
int both(int x) { return twice(x) + inner(x); }
`;

describe.skipIf(!hasCompiler).each(MACHINES)('%s code runs', (machine) => {
  test.each(Object.keys(STYLES))('%s', (name) => {
    const style = STYLES[name] ?? [];
    const guest = load(PROGRAM, machine, style[0] === 'kernel' ? KERNEL[machine] : style);
    expect(call(guest, 'outer', 4n)).toBe(8 + 1000 + 98);
    expect(call(guest, 'outer', 3n)).toBe(3 + 5 + 1000 + 98 + 1);
    expect(call(guest, 'both', 2n)).toBe(4 + 5 + 5);
    expect(guest.stubsCalled).toEqual(['twice']);
  });

  test('64-bit arguments and results cross the border', () => {
    const source = `long long wide(int, unsigned long long, int);
      int high(void) { return (wide(2, 0x1100000005ULL, 3) >> 32) & 0xff; }
      int low(void) { return (int)wide(2, 0x1100000005ULL, 3); }`;
    const guest = load(source, machine, KERNEL[machine]);
    expect([call(guest, 'high'), call(guest, 'low')]).toEqual([0x13, 8]);
  });

  test('a function with many arguments of ours, results of 64 bits', () => {
    const source = `long long sum(int a, int b, int c, int d, int e, int f, int g, int h)
      { return ((long long)(a + b + c + d + e + f) << 32) + g * 10 + h; }`;
    const guest = load(source, machine, KERNEL[machine]);
    const { wideValue } = guest.call('sum', [1n, 2n, 3n, 4n, 5n, 6n, 7n, -8n]);
    expect(wideValue).toBe((21n << 32n) + 62n);
  });

  test('thunks keep every register', () => {
    const flags = [...KERNEL[machine], '-O1', '-mindirect-branch=thunk-extern', '-mfunction-return=thunk-extern'];
    const guest = load(PROGRAM, machine, flags);
    expect(call(guest, 'outer', 3n)).toBe(3 + 5 + 1000 + 98 + 1);
  });

  test('thunks of the object itself, in COMDAT groups', () => {
    const flags = [...KERNEL[machine], '-O1', '-mindirect-branch=thunk', '-mfunction-return=thunk'];
    const guest = load(PROGRAM, machine, flags);
    expect(call(guest, 'outer', 3n)).toBe(3 + 5 + 1000 + 98 + 1);
    expect(guest.object.sections.some(({ type }) => type === SHT_GROUP)).toBe(true);
  });

  test('__start_ and __stop_ of a section', () => {
    const source = `__attribute__((section("numbers"), used)) static int a[] = { 4, 5, 6 };
      extern int __start_numbers[], __stop_numbers[];
      int count(void) { return __stop_numbers - __start_numbers; } int last(void) { return __stop_numbers[-1]; }`;
    const guest = load(source, machine, KERNEL[machine]);
    expect([call(guest, 'count'), call(guest, 'last')]).toEqual([3, 6]);
  });
});

test.skipIf(!hasCompiler)('of two COMDAT groups of one name the second is dropped', () => {
  const group = (n: number): string => `
    .section .text.f${n},"axG",@progbits,sig${n},comdat
    .globl name${n}
    name${n}: movl $${n}, %eax
      ret
  `;
  const bytes = Buffer.from(
    compileBytes(`#as${group(1)}${group(2)}\n.text\n.globl go\ngo: call name2\nret\n`, 'amd64'),
  );
  // Makes the second group a second copy of the first: same signature, same function name.
  for (const name of ['sig2', 'name2']) bytes.write(name.replace('2', '1'), bytes.indexOf(`\0${name}\0`) + 1);
  const object = parseObject(bytes, 'twins.o');
  expect(object.sections.filter(({ type }) => type === SHT_GROUP).length).toBe(2);
  expect([...object.discarded].map((index) => object.sections[index]?.name)).toEqual(['.text.f2']);
  const guest = createGuest(object, { kernel: 'bare' });
  open.push(guest);
  expect(call(guest, 'go')).toBe(1);
});
