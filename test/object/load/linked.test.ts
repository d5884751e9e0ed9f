import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { VmtbenchError } from '../../../src/errors.ts';
import { defineStub, type Guest, type GuestOptions } from '../../../src/guest/index.ts';
import { createGuest } from '../../../src/kernels/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import {
  compileBytes,
  hasBinutils,
  hasCompiler,
  inTemporary,
  KERNEL,
  linkBytes,
  MACHINES,
  type TestMachine,
} from '../../guest/support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

const EMULATION: Readonly<Record<TestMachine, string>> = { amd64: 'elf_x86_64', i386: 'elf_i386' };
/** Where Linux and the BSDs link their kernels. */
const KERNEL_BASE: Readonly<Record<TestMachine, string>> = { amd64: '0xffffffff81000000', i386: '0xc1000000' };

function guestOf(bytes: Uint8Array, options: GuestOptions = {}): Guest {
  const guest = createGuest(parseObject(bytes, 'x'), options);
  open.push(guest);
  return guest;
}

function call(guest: Guest, name: string, ...args: bigint[]): number {
  const { outcome, value } = guest.call(name, args);
  expect(outcome).toBeNull();
  return Number(BigInt.asIntN(32, value));
}

const WHOLE = `
volatile int wait = 1; int counter = 3; int zeroed[2000]; const char *const words[] = { "one", "two" };
__attribute__((noinline)) int slow(int x) { while (wait) ; return x; }
__attribute__((noinline)) int twice(int x) { return x * 2; }
int (*volatile chosen)(int) = twice;
int work(int x) { zeroed[1999] += x; return chosen(x) + counter + zeroed[1999] + words[x & 1][0]; }
int stuck(int x) { return slow(x) + 1; }
`;

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)('a whole kernel, %s', (machine) => {
  const image = (base = KERNEL_BASE[machine]): Uint8Array =>
    linkBytes(WHOLE, machine, [...KERNEL[machine], '-O1'], ['-e', 'work', '-Ttext', base]);

  test('has its functions called where it was linked', () => {
    const guest = guestOf(image());
    expect(guest.object.type).toBe('executable');
    expect(guest.kernel).toBe('bare');
    expect(guest.symbol('work')).toBeGreaterThanOrEqual(BigInt(KERNEL_BASE[machine]));
    expect(call(guest, 'work', 5n)).toBe(10 + 3 + 5 + 't'.charCodeAt(0));
    expect(call(guest, 'work', 2n)).toBe(4 + 3 + 7 + 'o'.charCodeAt(0));
  });

  test('has a function of its own replaced', () => {
    const stubs = new Map([['slow', defineStub('slow', 'int', ['int'], ([x]) => x * 100)]]);
    const guest = guestOf(image(), { stubs });
    expect(call(guest, 'stuck', 7n)).toBe(701);
    expect(guest.stubsCalled).toEqual(['slow']);
  });

  test('without it, the loop is a hang', () => {
    expect(guestOf(image(), { callBudget: 1000 }).call('stuck', [1n]).outcome?.kind).toBe('hang');
  });

  test('a program at low addresses runs too', () => {
    expect(call(guestOf(image('0x401000')), 'work', 5n)).toBe(18 + 't'.charCodeAt(0));
  });

  test('addresses that are taken are refused with a word', () => {
    const stack = machine === 'amd64' ? '0x7ffc00000000' : '0xf1000000';
    const both = ['--section-start', `.data=${machine === 'amd64' ? '0xffffffffb0000000' : '0x68000000'}`];
    const bytes = linkBytes(WHOLE, machine, machine === 'amd64' ? ['-mcmodel=large', '-fno-pie'] : KERNEL.i386, [
      '-e',
      'work',
      '-Ttext',
      stack,
      ...both,
    ]);
    expect(() => guestOf(bytes)).toThrow(VmtbenchError);
    expect(() => guestOf(bytes)).toThrow(/linked for addresses that are taken/);
  });
});

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)('a whole kernel of a known system, %s', (machine) => {
  const source = `
    int _printk(const char *text, ...) { *(volatile int *)8 = 0; return text[0]; }
    int mutex_lock, kfree, jiffies; int x86_hyper_type;
    int hello(int x) { return _printk("hello %d\\n", x) + x86_hyper_type; }`;

  test('the system serves the functions that it knows', () => {
    const bytes = linkBytes(source, machine, [...KERNEL[machine]], ['-e', 'hello', '-Ttext', KERNEL_BASE[machine]]);
    const guest = guestOf(bytes);
    expect(guest.kernel).toBe('linux');
    // The convention of a Linux kernel on i386 is not that of this compiler: the argument is on the stack as well.
    expect(call(guest, 'hello', 42n)).toBe(9 + 1);
    expect(guest.console.map(({ text }) => text)).toEqual(['hello 42']);
  });
});

const THREAD = `
__thread int first = 5; __thread int second; static __thread int third = 7; __thread int *pointer = 0;
int step(int x) { first += x; second += first; third++; pointer = &second; return first * 10000 + *pointer * 100 + third; }
`;

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)('thread-local storage, %s', (machine) => {
  const models: Readonly<Record<string, readonly string[]>> = {
    'local exec': ['-fno-pic', '-ftls-model=local-exec'],
    'initial exec': ['-fno-pic', '-ftls-model=initial-exec'],
    'initial exec, position independent': ['-fPIC', '-ftls-model=initial-exec'],
    'local dynamic': ['-fPIC', '-ftls-model=local-dynamic'],
    'global dynamic': ['-fPIC', '-ftls-model=global-dynamic'],
  };

  test.each(Object.keys(models))('of an object, %s', (model) => {
    const guest = guestOf(compileBytes(THREAD, machine, ['-O1', ...(models[model] ?? [])]), { kernel: 'bare' });
    expect([call(guest, 'step', 1n), call(guest, 'step', 2n)]).toEqual([60608, 81409]);
  });

  test.each(['initial exec, position independent', 'local dynamic', 'global dynamic'])('of a library, %s', (model) => {
    const guest = guestOf(linkBytes(THREAD, machine, ['-O1', ...(models[model] ?? [])], ['-shared']));
    expect([call(guest, 'step', 1n), call(guest, 'step', 2n)]).toEqual([60608, 81409]);
  });

  test('a variable of another object is refused', () => {
    const source = 'extern __thread int elsewhere; int get(void) { return elsewhere; }';
    expect(() =>
      guestOf(compileBytes(source, machine, ['-fno-pic', '-ftls-model=initial-exec']), { kernel: 'bare' }),
    ).toThrow(/thread-local variable of another object/);
  });
});

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)('what runs before everything else, %s', (machine) => {
  const source = `
    static int trace; static int add(int digit) { return trace = trace * 10 + digit; }
    __attribute__((constructor(200))) static void second(void) { add(2); }
    __attribute__((constructor)) static void third(void) { add(3); }
    __attribute__((constructor(101))) static void one(void) { add(1); }
    int seen(void) { return trace; }`;

  test.each(['object', 'library', 'program'])('%s', (kind) => {
    const flags = kind === 'library' ? ['-fPIC'] : KERNEL[machine];
    const bytes =
      kind === 'object'
        ? compileBytes(source, machine, [...flags])
        : linkBytes(
            source,
            machine,
            flags,
            kind === 'library' ? ['-shared'] : ['-e', 'seen', '-Ttext', KERNEL_BASE[machine]],
          );
    const guest = guestOf(bytes);
    expect(call(guest, 'seen')).toBe(0);
    expect(guest.boot()).toBeNull();
    expect(call(guest, 'seen')).toBe(123);
  });
});

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)('what a linked file asks of its loader, %s', (machine) => {
  test('a function that chooses a function (ifunc)', () => {
    const source = `
      static int fast(int x) { return x + 1000; } static int plain(int x) { return x; } int wanted = 1;
      static void *choose(void) { return wanted ? fast : plain; }
      int pick(int) __attribute__((ifunc("choose"))); int go(int x) { return pick(x); }`;
    expect(call(guestOf(linkBytes(source, machine, ['-fPIC'], ['-shared'])), 'go', 5n)).toBe(1005);
    expect(() => guestOf(compileBytes(source, machine, ['-fno-pic']))).toThrow(/chosen at run time/);
  });

  test('packed relative relocations', () => {
    const words = Array.from({ length: 200 }, (_, i) => `&numbers[${i % 7}]`).join();
    const source = `static int numbers[7] = { 1, 2, 3, 4, 5, 6, 7 }; static int *const table[] = { ${words} };
      static int *pad[] = { numbers + 1, 0, numbers + 2, 0, 0, numbers + 3 };
      int at(int x) { return *table[x]; } int sum(void) { return *pad[0] + *pad[2] + *pad[5]; }`;
    const guest = guestOf(linkBytes(source, machine, ['-fPIC', '-O0'], ['-shared', '-z', 'pack-relative-relocs']));
    expect(guest.object.sections.some(({ name }) => name === '.relr.dyn')).toBe(true);
    expect([0, 5, 6, 7, 199].map((x) => call(guest, 'at', BigInt(x)))).toEqual([1, 6, 7, 1, 4]);
    expect(call(guest, 'sum')).toBe(2 + 3 + 4);
  });

  test("a program's own copy of a library's variable", () => {
    const program =
      'extern void *stdout; extern int puts(const char *); int go(void) { puts("x"); return stdout != 0; }';
    const library = 'void *stdout; int puts(const char *s) { return *s; }';
    const bytes = inTemporary((directory) => {
      writeFileSync(join(directory, 'l.o'), compileBytes(library, machine, ['-fPIC']));
      writeFileSync(join(directory, 'p.o'), compileBytes(program, machine, ['-fno-pic', '-O1', '-fno-builtin']));
      const ld = (...args: string[]) =>
        execFileSync('ld', ['-m', EMULATION[machine], ...args], { cwd: directory, stdio: 'pipe' });
      ld('-shared', '-o', 'libl.so', 'l.o');
      ld('--no-warnings', '-e', 'go', '--dynamic-linker', '/x', '-o', 'p', 'p.o', 'libl.so');
      return readFileSync(join(directory, 'p'));
    });
    const guest = guestOf(bytes, { kernel: 'user' });
    const own = guest.object.dynamic?.symbols.find(({ name }) => name === 'stdout')?.value;
    expect(guest.symbol('stdout')).toBe(own);
    call(guest, 'go');
    expect(guest.console.map(({ text }) => text)).toEqual(['x']);
  });
});
