import { afterEach, describe, expect, test } from 'vitest';
import { defineStub, type Guest, type GuestOptions } from '../../src/guest/index.ts';
import { createGuest } from '../../src/kernels/index.ts';
import { compile, hasCompiler, KERNEL, MACHINES, type TestMachine } from './support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

const SOURCE = `
extern int unknown(int); extern long long wide(int); extern int table[4]; extern int *pointer; extern int memcmp(const void *, const void *, unsigned long);
__attribute__((noinline)) int own(int x) { return x + 1; }
int (*volatile through)(int) = own;
int calls(int x) { return unknown(x) + 1; }
int big(int x) { return (int)(wide(x) >> 32); }
int reads(int x) { return table[x] + 5; }
int follows(void) { return pointer == 0 ? 7 : *pointer; }
int mine(int x) { return through(x); }
`;

describe.skipIf(!hasCompiler).each(MACHINES)('symbols that the kernel does not have, %s', (machine) => {
  function load(options: GuestOptions = {}): Guest {
    const guest = createGuest(compile(SOURCE, machine as TestMachine, [...KERNEL[machine], '-O1']), {
      kernel: 'bare',
      ...options,
    });
    open.push(guest);
    return guest;
  }
  const call = (guest: Guest, name: string, ...args: bigint[]): number => {
    const { outcome, value } = guest.call(name, args);
    expect(outcome).toBeNull();
    return Number(BigInt.asIntN(32, value));
  };

  test('are findings that name them and their caller', () => {
    const guest = load();
    const { outcome } = guest.call('calls', [1n]);
    expect(outcome).toMatchObject({ kind: 'missingSymbol', symbol: 'unknown', use: 'call' });
    expect(outcome?.stack[0]?.function).toBe('calls');
    expect(guest.call('reads', [1n]).outcome).toMatchObject({ kind: 'missingSymbol', symbol: 'table', use: 'data' });
  });

  test('give 0 where one is lenient', () => {
    const guest = load({ lenient: true });
    expect([
      call(guest, 'calls', 1n),
      call(guest, 'big', 1n),
      call(guest, 'reads', 1n),
      call(guest, 'follows'),
    ]).toEqual([1, 0, 5, 7]);
    expect(guest.stubsCalled).toEqual(['unknown', 'wide']);
  });

  test('are functions and data of your own', () => {
    const stubs = new Map([
      ['unknown', defineStub('unknown', 'int', ['int'], ([x]) => x * 2)],
      ['wide', defineStub('wide', 'i64', ['int'], ([x]) => BigInt(x) << 32n)],
      ['own', defineStub('own', 'int', ['int'], ([x]) => -x)],
      ['not used at all', defineStub('not used at all', 'void', [], () => {})],
    ]);
    const data = new Map([['table', Uint8Array.of(0, 0, 0, 0, 9, 0, 0, 0)]]);
    const guest = load({ stubs, data });
    expect([
      call(guest, 'calls', 4n),
      call(guest, 'big', 3n),
      call(guest, 'reads', 1n),
      call(guest, 'mine', 8n),
    ]).toEqual([9, 3, 14, -8]);
    expect(guest.stubsCalled).toEqual(['unknown', 'wide', 'own']);
  });
});
