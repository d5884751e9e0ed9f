import { describe, expect, test } from 'vitest';
import { BadAccess, CheckedMemory } from '../../src/guest/checked-memory.ts';
import { bytes, strings } from '../../src/kernels/common/strings.ts';
import { TestMemory } from '../guest/support/memory.ts';

const NO_CALL = { name: 'test', returnAddress: 0n, rest: { wordBits: 64 as const, word: () => 0n, wide: () => 0n } };

function setUp(): {
  memory: TestMemory;
  call: (name: string, ...args: (number | bigint)[]) => number | bigint | undefined;
} {
  const memory = new TestMemory();
  const kernel = { memory: new CheckedMemory(memory) };
  const call = (name: string, ...args: (number | bigint)[]): number | bigint | undefined => {
    const stub = strings[name] ?? bytes[name];
    if (stub === undefined) throw new Error(`no stub ${name}`);
    expect(args.length).toBe(stub.parameters.length);
    return stub.run(kernel, args, NO_CALL);
  };
  return { memory, call };
}

describe('comparisons', () => {
  test.each([
    ['strcmp', 'abc', 'abc', null, 0],
    ['strcmp', 'abc', 'abd', null, -1],
    ['strcmp', 'abc', 'ab', null, 1],
    ['strcmp', '\xff', 'a', null, 1],
    ['strncmp', 'abcd', 'abxx', 2, 0],
    ['strncmp', 'ab', 'abxx', 9, -1],
    ['strcasecmp', 'ABC', 'abc', null, 0],
    ['strncasecmp', 'ABx', 'abY', 2, 0],
    ['memcmp', 'abc', 'abd', 3, -1],
    ['bcmp', 'abc', 'abd', 2, 0],
  ])('%s(%j, %j, %j) is %i', (name, a, b, n, expected) => {
    const { memory, call } = setUp();
    const args = [memory.put(a), memory.put(b), ...(n === null ? [] : [n])];
    expect(Math.sign(Number(call(name, ...args)))).toBe(expected);
  });
});

describe('copies', () => {
  test.each([
    ['strlcpy', 'hello', 16, 'hello', 5],
    ['strlcpy', 'hello', 3, 'he', 5],
    ['strlcpy', 'hello', 0, '----', 5],
    ['strlcat', 'hello', 16, '----hello', 9],
    ['strlcat', 'hello', 7, '----he', 9],
  ])('%s of %j into %i bytes leaves %j, gives %i', (name, source, room, left, result) => {
    const { memory, call } = setUp();
    const to = memory.put('----');
    expect(call(name, to, memory.put(source), room)).toBe(result);
    expect(memory.text(to)).toBe(left);
  });

  test('strncpy fills up with zeroes and does not terminate what is cut', () => {
    const { memory, call } = setUp();
    const to = memory.put('xxxxxxxxxx');
    call('strncpy', to, memory.put('ab'), 5);
    expect([...memory.read(to, 7)]).toEqual([97, 98, 0, 0, 0, 120, 120]);
    call('strncpy', to, memory.put('12345678'), 3);
    expect([...memory.read(to, 4)]).toEqual([49, 50, 51, 0]);
  });

  test.each(['memmove', 'bcopy'])('%s minds an overlap', (name) => {
    const { memory, call } = setUp();
    const at = memory.put('abcdef');
    call(name, ...(name === 'bcopy' ? [at, at + 2n, 4] : [at + 2n, at, 4]));
    expect(memory.text(at)).toBe('ababcd');
  });
});

test('searches give addresses', () => {
  const { memory, call } = setUp();
  const s = memory.put('a.b.c');
  expect(call('strchr', s, 0x2e)).toBe(s + 1n);
  expect(call('strrchr', s, 0x2e)).toBe(s + 3n);
  expect(call('strchr', s, 0)).toBe(s + 5n);
  expect(call('strchr', s, 0x78)).toBe(0n);
  expect(call('strstr', s, memory.put('b.'))).toBe(s + 2n);
  expect(call('memchr', s, 0x63, 4)).toBe(0n);
});

describe('a bad pointer is told with its address', () => {
  test.each([
    ['strlen', [0n], 0n, false],
    ['memset', [0x1ff00n, 0, 0x1000], 0x20000n, true],
    ['memcpy', [0x10000n, 0x1fff0n, 64], 0x20000n, false],
    ['bzero', [0x10000n, 2 ** 40], 0x20000n, true],
  ] as const)('%s', (name, args, address, write) => {
    const { call } = setUp();
    let caught: unknown = null;
    try {
      call(name, ...args);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BadAccess);
    expect(caught).toMatchObject({ address, write });
  });
});
