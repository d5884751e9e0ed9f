import { afterEach, describe, expect, test } from 'vitest';
import type { Guest, GuestOptions, GuestOutcome } from '../../src/guest/index.ts';
import { createGuest } from '../../src/kernels/index.ts';
import { compile, hasCompiler, KERNEL, MACHINES, type TestMachine } from './support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

const PROTOTYPES = `
typedef unsigned long size_t;
int printf(const char *, ...); void panic(const char *, ...); void *malloc(size_t, int, int); void free(void *, int, size_t);
size_t strlen(const char *); void unheard_of(int); extern int some_data[4]; void *memset(void *, int, size_t);
void __stack_smash_handler(char *, int); void rw_enter_write(void *); void timeout_add_sec(void *, int);
`;

function load(source: string, machine: TestMachine, options: GuestOptions = {}): Guest {
  const flags = [...KERNEL[machine], '-O1', '-fno-optimize-sibling-calls', '-fno-inline', '-fno-builtin'];
  const guest = createGuest(compile(PROTOTYPES + source, machine, flags), { kernel: 'openbsd', ...options });
  open.push(guest);
  return guest;
}

function outcome(guest: Guest, name: string, ...args: bigint[]): GuestOutcome {
  const result = guest.call(name, args).outcome;
  if (result === null) throw new Error(`${name} returned`);
  return result;
}

const functions = (o: GuestOutcome): (string | null)[] => o.stack.map((frame) => frame.function);

describe.skipIf(!hasCompiler).each(MACHINES)('on %s', (machine) => {
  test('a function that nobody wrote, with its callers', () => {
    const guest = load(
      'void inner(int x) { unheard_of(x); } void outer(int x) { inner(x + 1); printf("no"); }',
      machine,
    );
    const o = outcome(guest, 'outer', 1n);
    expect(o).toMatchObject({ kind: 'missingSymbol', symbol: 'unheard_of', use: 'call' });
    expect(functions(o)).toEqual(['inner', 'outer']);
    expect(o.stack[0]?.text).toMatch(/^inner\+0x[0-9a-f]+$/);
    expect(guest.symbolAt(o.pc)?.name).toBe('inner');
  });

  test('data that nobody wrote', () => {
    const guest = load('int peek(int i) { return some_data[i]; }', machine);
    expect(outcome(guest, 'peek', 2n)).toMatchObject({ kind: 'missingSymbol', symbol: 'some_data', use: 'data' });
  });

  test('data that nobody wrote, handed to a function', () => {
    const guest = load('int peek(void) { return strlen((char *)some_data) + 1; }', machine);
    expect(outcome(guest, 'peek')).toMatchObject({ kind: 'missingSymbol', symbol: 'some_data', use: 'data' });
  });

  test('a bad pointer of the guest', () => {
    const guest = load('void poke(int *p) { *p = 1; } void outer(void) { poke((int *)0x10); printf("no"); }', machine);
    const o = outcome(guest, 'outer');
    expect(o).toMatchObject({ kind: 'fault', fault: { kind: 'write', address: 0x10n } });
    expect(functions(o)).toEqual(['poke', 'outer']);
  });

  test('a bad pointer given to a function of the kernel', () => {
    const guest = load('int count(char *s) { return strlen(s) + 1; }', machine);
    const o = outcome(guest, 'count', 0x10n);
    expect(o).toMatchObject({ kind: 'fault', fault: { kind: 'read', address: 0x10n } });
    expect(o.kind === 'fault' && o.fault.message).toBe('strlen: read of unmapped memory at 0x10');
    expect(functions(o)).toEqual(['count']);
  });

  test('a store to a constant', () => {
    const guest = load('const int fixed = 1; void poke(void) { *(volatile int *)&fixed = 2; }', machine);
    expect(outcome(guest, 'poke')).toMatchObject({ kind: 'fault', fault: { kind: 'write' } });
  });

  test('recursion without end', () => {
    const guest = load(
      'int deep(int x) { volatile char room[64]; room[0] = x; return deep(x + 1) + room[0]; }',
      machine,
    );
    const o = outcome(guest, 'deep', 0n);
    expect(o.kind === 'fault' && o.fault.message).toMatch(/: the stack is used up$/);
    expect(functions(o).slice(0, 5)).toEqual(['deep', 'deep', 'deep', 'deep', 'deep']);
  });

  test.each([
    ['of nothing', 'void spin(void) { for (;;) ; }'],
    ['of code', 'int g; void spin(void) { for (;;) *(volatile int *)&g = 1; }'],
    ['of calls', 'void spin(void) { for (;;) memset(0, 0, 0); }'],
  ])('a loop %s', (_name, source) => {
    const guest = load(source, machine, { callBudget: 2000 });
    const o = outcome(guest, 'spin');
    expect(o.kind).toBe('hang');
    expect(functions(o)).toContain('spin');
  });

  test('panic, with its text', () => {
    const guest = load('void die(int x) { panic("%s %d", "x is", x); }', machine);
    expect(outcome(guest, 'die', 7n)).toMatchObject({ kind: 'panic', message: 'x is 7' });
  });

  test('a smashed stack', () => {
    const guest = load('void die(void) { __stack_smash_handler("die", 1); }', machine);
    expect(outcome(guest, 'die')).toMatchObject({ kind: 'panic', message: 'smashed stack in die' });
  });

  test.each([
    ['a double free', 'free(p, 2, 100); free(p, 2, 100);', /is free already$/],
    ['a free of something else', 'free((char *)p + 16, 2, 0);', /was not allocated$/],
    ['a free of a wrong size', 'free(p, 2, 4096);', /has 100 bytes, the caller says 4096$/],
  ])('%s', (_name, code, message) => {
    const guest = load(`void wrong(void) { void *p = malloc(100, 2, 1); ${code} printf("no"); }`, machine);
    const o = outcome(guest, 'wrong');
    expect(o.kind === 'memory' && o.message).toMatch(message);
    expect(guest.partialLine).toBe('');
  });

  test('a lock taken twice', () => {
    const guest = load('int lock; void twice(void) { rw_enter_write(&lock); rw_enter_write(&lock); }', machine);
    expect(outcome(guest, 'twice')).toMatchObject({ kind: 'panic' });
  });

  test('a timeout that was never set up', () => {
    const guest = load('int t[16]; void start(void) { timeout_add_sec(t, 1); }', machine);
    const o = outcome(guest, 'start');
    expect(o.kind === 'panic' && o.message).toMatch(/not initialized$/);
  });

  test('a guest that halts its processor', () => {
    const guest = load('void halt(void) { __asm__ volatile("hlt"); }', machine);
    expect(outcome(guest, 'halt')).toMatchObject({ kind: 'fault', fault: { kind: 'protection' } });
  });

  test('malloc without room: NULL for who can bear it, else panic', () => {
    const guest = load('void *get(int flags) { return malloc(1 << 28, 2, flags); }', machine);
    expect(guest.call('get', [2n])).toMatchObject({ outcome: null, value: 0n });
    expect(outcome(guest, 'get', 1n)).toMatchObject({ kind: 'panic' });
  });
});

test.skipIf(!hasCompiler)('a call stops where a port callback says so', () => {
  const guest = load(
    'int in(void) { int v; __asm__ volatile("inl %%dx,%%eax" : "=a"(v) : "d"(1)); return v; }',
    'amd64',
  );
  guest.machine.onPort = () => guest.machine.stop();
  expect(outcome(guest, 'in').kind).toBe('stopped');
});

describe.skipIf(!hasCompiler)('unusable input', () => {
  test('an object whose kernel nothing tells', () => {
    const object = compile('int mystery(int); int f(void) { return mystery(1); }', 'amd64');
    expect(() => createGuest(object)).toThrow(expect.objectContaining({ code: 'guest.kernel' }));
  });

  test('a function that is not there', () => {
    const guest = load('int f(void) { return 1; }', 'amd64');
    expect(() => guest.call('g')).toThrow(expect.objectContaining({ code: 'guest.symbol' }));
  });

  test('a 64-bit argument in one i386 slot', () => {
    const guest = load('int f(int x) { return x; }', 'i386');
    expect(() => guest.call('f', [1n << 32n])).toThrow(expect.objectContaining({ code: 'guest.argument' }));
    expect(guest.call('f', [-1n]).value).toBe(0xffffffffn);
  });

  test('booting an object without a driver', () => {
    const guest = load('int f(int x) { return x; }', 'i386');
    expect(() => guest.boot()).toThrow(expect.objectContaining({ code: 'openbsd.driver' }));
  });
});
