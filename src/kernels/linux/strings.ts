import { type StubTable, stub } from '../../guest/index.ts';
import type { LinuxKernel } from './kernel.ts';

/** include/uapi/asm-generic/errno-base.h and errno.h */
const E2BIG = 7;
const EINVAL = 22;
const ERANGE = 34;

const LIMIT = 1 << 20;

/** A whole number as the kernel's kstrto* read it: an optional newline may follow, nothing else. */
function parseWhole(text: string, base: number): bigint | null {
  const [, sign = '', prefix = '', digits = ''] = /^([-+]?)(0[xX])?([0-9a-zA-Z]+)\n?$/.exec(text) ?? [];
  const radix = base !== 0 ? base : prefix !== '' ? 16 : digits.startsWith('0') && digits.length > 1 ? 8 : 10;
  if (prefix !== '' && radix !== 16) return null;
  let value = 0n;
  for (const digit of digits) {
    const weight = Number.parseInt(digit, 36);
    if (!(weight < radix)) return null;
    value = value * BigInt(radix) + BigInt(weight);
  }
  return digits === '' ? null : sign === '-' ? -value : value;
}

function store(k: LinuxKernel, text: bigint, base: number, to: bigint, size: 1 | 2 | 4 | 8, signed: boolean): number {
  const value = parseWhole(k.readText(text), base);
  if (value === null || (!signed && value < 0n)) return -EINVAL;
  const fits = signed ? BigInt.asIntN(size * 8, value) === value : BigInt.asUintN(size * 8, value) === value;
  if (!fits) return -ERANGE;
  k.memory.writeUint(to, size, BigInt.asUintN(size * 8, value));
  return 0;
}

/** Strings, as lib/string.c and lib/kstrtox.c have them beside ISO C's. */
export const strings: StubTable<LinuxKernel> = {
  strscpy: stub('long', ['ptr', 'ptr', 'size'], (k, [to, from, room]) => {
    if (room === 0) return -E2BIG;
    const whole = k.memory.readCString(from, Math.min(room, LIMIT));
    const bytes = whole.subarray(0, room - 1);
    k.memory.write(to, bytes);
    k.memory.fill(to + BigInt(bytes.length), 1, 0);
    return whole.length < room ? whole.length : -E2BIG;
  }),
  strsep: stub('ptr', ['ptr', 'ptr'], (k, [place, separators]) => {
    const start = k.readWord(place);
    if (start === 0n) return 0n;
    const ends = k.memory.readCString(separators, LIMIT);
    const length = k.memory.readCString(start, LIMIT).findIndex((byte) => ends.includes(byte));
    if (length >= 0) k.memory.fill(start + BigInt(length), 1, 0);
    k.writeWord(place, length < 0 ? 0n : start + BigInt(length) + 1n);
    return start;
  }),
  kstrtobool: stub('int', ['ptr', 'ptr'], (k, [text, to]) => {
    const word = k.readText(text).toLowerCase();
    const value = /^(1|y|t|on)/.test(word) ? 1 : /^(0|n|f|of)/.test(word) ? 0 : null;
    if (value === null) return -EINVAL;
    k.memory.writeUint(to, 1, BigInt(value));
    return 0;
  }),
  kstrtou8: stub('int', ['ptr', 'uint', 'ptr'], (k, [text, base, to]) => store(k, text, base, to, 1, false)),
  kstrtou16: stub('int', ['ptr', 'uint', 'ptr'], (k, [text, base, to]) => store(k, text, base, to, 2, false)),
  kstrtouint: stub('int', ['ptr', 'uint', 'ptr'], (k, [text, base, to]) => store(k, text, base, to, 4, false)),
  kstrtoint: stub('int', ['ptr', 'uint', 'ptr'], (k, [text, base, to]) => store(k, text, base, to, 4, true)),
  kstrtoull: stub('int', ['ptr', 'uint', 'ptr'], (k, [text, base, to]) => store(k, text, base, to, 8, false)),
  simple_strtoul: stub('ulong', ['ptr', 'ptr', 'uint'], (k, [text, end, base]) => {
    const [digits = ''] = /^(0[xX])?[0-9a-fA-F]*/.exec(k.readText(text)) ?? [];
    if (end !== 0n) k.writeWord(end, text + BigInt(digits.length));
    return BigInt.asUintN(k.wordSize * 8, parseWhole(digits, base) ?? 0n);
  }),
};
