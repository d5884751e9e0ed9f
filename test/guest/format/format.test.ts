import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ArgumentSource, StackArguments, VaListAmd64 } from '../../../src/guest/format/arguments.ts';
import { format } from '../../../src/guest/format/format.ts';
import { hasCompiler, inTemporary } from '../support/compile.ts';
import { TestMemory } from '../support/memory.ts';

/** An amd64 va_list over these slots, the first `inRegisters` of them in the register save area. */
function amd64(memory: TestMemory, slots: readonly bigint[], inRegisters = 0): ArgumentSource {
  const saved = memory.put(new Uint8Array(48));
  const overflow = memory.put(new Uint8Array(8 * slots.length + 8));
  for (const [index, slot] of slots.entries()) {
    const at =
      index < inRegisters
        ? saved + BigInt(48 - 8 * (inRegisters - index))
        : overflow + BigInt(8 * (index - inRegisters));
    memory.writeUint(at, 8, BigInt.asUintN(64, slot));
  }
  const list = memory.put(new Uint8Array(24));
  memory.writeUint(list, 4, BigInt(48 - 8 * inRegisters));
  memory.writeUint(list + 4n, 4, 48n);
  memory.writeUint(list + 8n, 8, overflow);
  memory.writeUint(list + 16n, 8, saved);
  return new VaListAmd64(memory, list);
}

function i386(memory: TestMemory, words: readonly bigint[]): ArgumentSource {
  const at = memory.put(new Uint8Array(4 * words.length + 4));
  for (const [index, word] of words.entries()) memory.writeUint(at + BigInt(4 * index), 4, BigInt.asUintN(32, word));
  return new StackArguments(memory, at);
}

type Argument = bigint | string;

/** Formats with arguments as an amd64 caller passes them. */
function formatted(text: string, ...args: readonly Argument[]): string {
  const memory = new TestMemory();
  const slots = args.map((arg) => (typeof arg === 'string' ? memory.put(arg) : arg));
  return Buffer.from(format(memory, memory.put(text), amd64(memory, slots)).bytes).toString('latin1');
}

describe('conversions', () => {
  const rows: readonly (readonly [string, readonly Argument[], string])[] = [
    ['plain', [], 'plain'],
    ['100%%', [], '100%'],
    ['%d %i %u', [-5n, 7n, -1n], '-5 7 4294967295'],
    ['%x %X %o', [0xdeadn, 0xbeefn, 8n], 'dead BEEF 10'],
    ['%08x|%-8x|%8x', [0x1fn, 0x1fn, 0x1fn], '0000001f|1f      |      1f'],
    ['%#x %#X %#o %#x', [255n, 255n, 8n, 0n], '0xff 0XFF 010 0'],
    ['%+d % d %+d', [5n, 5n, -5n], '+5  5 -5'],
    ['%05d|%-5d|%.3d|%5.3d', [-42n, 42n, 7n, 7n], '-0042|42   |007|  007'],
    ['%.0d|%.0x|%#.0o', [0n, 0n, 0n], '||0'],
    ['%hhd %hd %hhu %hu', [0x181n, 0x18001n, 0x1ffn, 0x1ffffn], '-127 -32767 255 65535'],
    [
      '%ld %lu %lld %llx',
      [-1n, -1n, -9223372036854775808n, -1n],
      '-1 18446744073709551615 -9223372036854775808 ffffffffffffffff',
    ],
    ['%zu %zd %jd %td %qx', [1n, -1n, -2n, -3n, 0xfn], '1 -1 -2 -3 f'],
    ['%c%c|%3c|%-3c|', [65n, 66n, 67n, 68n], 'AB|  C|D  |'],
    ['%s|%5s|%-5s|%.2s|%5.1s|', ['abc', 'abc', 'abc', 'abc', 'abc'], 'abc|  abc|abc  |ab|    a|'],
    ['%s', [0n], '(null)'],
    ['%p %p', [0x1234n, 0n], '0x1234 0x0'],
    ['%*d|%-*d|%*d|%.*d|%.*d', [4n, 1n, 4n, 1n, -4n, 1n, 3n, 1n, -1n, 1n], '   1|1   |1   |001|1'],
    ["%'d %D %U %O", [1234567n, -1n, 7n, 8n], '1234567 -1 7 10'],
    [
      '%b|%b|%b',
      [3n, '\x10\x02BITTWO\x01BITONE', 1n, '\x08\x02TWO\x01ONE', 0n, '\x10\x01X'],
      '3<BITTWO,BITONE>|1<ONE>|0',
    ],
    ['%y %f %', [1n], '%y %f %'],
    ['vmware: send failed, ebx=%08x\n', [0x100000n], 'vmware: send failed, ebx=00100000\n'],
  ];

  test.each(rows)('%j', (text, args, expected) => {
    expect(formatted(text, ...args)).toBe(expected);
  });

  test('%n stores the length so far', () => {
    const memory = new TestMemory();
    const to = memory.put(new Uint8Array(8).fill(0xff));
    format(memory, memory.put('abc%n%s'), amd64(memory, [to, memory.put('x')]));
    expect(memory.readUint(to, 8)).toBe(0xffffffff00000003n);
  });
});

describe('arguments', () => {
  test.each([0, 1, 3, 6])('an amd64 va_list with %i of its values in registers', (inRegisters) => {
    const memory = new TestMemory();
    const slots = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
    const { bytes } = format(memory, memory.put('%d %ld %d %d %d %lld %d %d'), amd64(memory, slots, inRegisters));
    expect(Buffer.from(bytes).toString()).toBe('1 2 3 4 5 6 7 8');
  });

  test('i386: long is four bytes, long long and intmax_t are eight', () => {
    const memory = new TestMemory();
    const words = [0xffffffffn, 0xffffffffn, 2n, 1n, 7n, 0n, 9n, memory.put('end')];
    const { bytes } = format(memory, memory.put('%ld %lu %lld %jd %d %s'), i386(memory, words));
    expect(Buffer.from(bytes).toString()).toBe('-1 4294967295 4294967298 7 9 end');
  });
});

describe('limits', () => {
  test.each(['%2147483647d', '%.2147483647d', '%-2147483647s', '%099999999999999d'])('%s stays small', (text) => {
    const memory = new TestMemory();
    const { bytes, length } = format(memory, memory.put(text), amd64(memory, [memory.put('x')]), { limit: 100 });
    expect(bytes.length).toBe(100);
    expect(length).toBeGreaterThan(2 ** 31 - 2);
  });

  test('what does not fit is counted and not stored', () => {
    const memory = new TestMemory();
    const args = (): ArgumentSource => amd64(memory, [memory.put('abcdef'), 12n]);
    const whole = format(memory, memory.put('%s-%d'), args());
    for (let limit = 0; limit < 12; limit++) {
      const { bytes, length } = format(memory, memory.put('%s-%d'), args(), { limit });
      expect(length).toBe(9);
      expect(bytes).toEqual(whole.bytes.subarray(0, limit));
    }
  });

  test('any format string ends, in bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(..."%%%%%*.-+ #0'123459hlqjztdiuxXocsbpnDUO"), { maxLength: 40 }),
        (characters) => {
          const memory = new TestMemory();
          const text = memory.put('some text');
          const slots = Array.from({ length: 60 }, () => text);
          const { bytes } = format(memory, memory.put(characters.join('')), amd64(memory, slots), { limit: 4096 });
          return bytes.length <= 4096;
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });
});

/** A conversion that ISO C defines, and its argument as C and as a slot. */
const conversion = fc
  .record({
    flags: fc.subarray(['-', '0', '+', ' ', '#']),
    width: fc.option(fc.nat(20), { nil: null }),
    precision: fc.option(fc.nat(12), { nil: null }),
    length: fc.constantFrom('', 'hh', 'h', 'l', 'll', 'z', 'j'),
    letter: fc.constantFrom('d', 'i', 'u', 'x', 'X', 'o'),
    value: fc.oneof(fc.bigInt(-(1n << 63n), (1n << 63n) - 1n), fc.bigInt(-300n, 300n), fc.constantFrom(0n, 1n, -1n)),
  })
  // gcc warns of the rest, ISO C leaves it undefined.
  .filter(({ flags, letter }) => !flags.includes('#') || 'xXo'.includes(letter))
  .filter(({ flags, letter }) => 'di'.includes(letter) || !(flags.includes('+') || flags.includes(' ')));

test.skipIf(!hasCompiler)('integers come out as the C library prints them', () => {
  const cases = fc.sample(conversion, { numRuns: 1200, seed: 7 });
  const texts = cases.map(({ flags, width, precision, length, letter }) => {
    return `%${flags.join('')}${width ?? ''}${precision === null ? '' : `.${precision}`}${length}${letter}`;
  });
  const lines = cases.map(
    ({ value }, i) => `puts((snprintf(b, sizeof b, "<${texts[i]}>", (long long)${BigInt.asUintN(64, value)}ULL), b));`,
  );
  const program = `#include <stdio.h>\nchar b[200];\nint main(void) { ${lines.join('\n')} return 0; }`;
  const output = inTemporary((directory) => {
    writeFileSync(join(directory, 'x.c'), program);
    execFileSync('gcc', ['-w', '-O0', 'x.c', '-o', 'x'], { cwd: directory, stdio: 'pipe' });
    return execFileSync(join(directory, 'x'), { encoding: 'latin1' });
  });
  const expected = output.trimEnd().split('\n');
  const ours = cases.map(({ value }, i) => `<${formatted(texts[i] ?? '', value)}>`);
  expect(ours).toEqual(expected);
});
