import type { MemoryAccess } from '../memory.ts';
import type { ArgumentSource } from './arguments.ts';
import { type Count, type Directive, type LengthModifier, parseDirective } from './directive.ts';
import { BoundedOutput } from './output.ts';

/** Longest format string and longest `%s` that are read, bytes. */
const STRING_LIMIT = 64 * 1024;
const PERCENT = 0x25;

/** What formatting gave. */
export interface Formatted {
  /** At most the limit. */
  readonly bytes: Uint8Array;
  /** Of the whole text, as printf and snprintf return it. */
  readonly length: number;
}

/** A `%p` of a system that writes more than addresses by it. */
export interface PointerArgument {
  readonly value: bigint;
  /** The letters and digits behind the p. */
  readonly letters: string;
  /** 0: none was given. */
  readonly width: number;
}

/** Where formatting ends, and what is a system's own in it. */
export interface FormatRules {
  /** Bytes that are kept. */
  readonly limit?: number;
  /** The text of a `%p`; all letters and digits behind it belong to it. Without, it is `0x` and hexadecimal digits. */
  readonly pointer?: (argument: PointerArgument) => Uint8Array;
}

/** Everything a conversion may use. */
interface Conversion {
  readonly directive: Directive;
  readonly width: number;
  readonly left: boolean;
  /** -1: none was given. */
  readonly precision: number;
  readonly args: ArgumentSource;
  readonly memory: MemoryAccess;
  readonly output: BoundedOutput;
  readonly pointer: FormatRules['pointer'];
}

/**
 * Formats as the kernels' printf family does: d i u x X o p c s % n, BSD's D U O and b (a number and the names of its
 * bits), every integer length modifier. Floating point is not theirs: such a directive is copied as it stands.
 * Bounded in time and memory by `limit` and STRING_LIMIT, whatever the format says.
 */
export function format(
  memory: MemoryAccess,
  address: bigint,
  args: ArgumentSource,
  { limit = STRING_LIMIT, pointer }: FormatRules = {},
): Formatted {
  const text = memory.readCString(address, STRING_LIMIT);
  const output = new BoundedOutput(limit);
  let at = 0;
  while (at < text.length) {
    const percent = text.indexOf(PERCENT, at);
    output.put(text.subarray(at, percent < 0 ? text.length : percent));
    if (percent < 0) break;
    const directive = parseDirective(text, percent, pointer !== undefined);
    convert(directive, text.subarray(percent, directive.end), args, memory, output, pointer);
    at = directive.end;
  }
  return { bytes: output.bytes, length: output.length };
}

function convert(
  directive: Directive,
  source: Uint8Array,
  args: ArgumentSource,
  memory: MemoryAccess,
  output: BoundedOutput,
  pointer: FormatRules['pointer'],
): void {
  const count = (value: Count): number | null =>
    value === 'argument' ? Number(BigInt.asIntN(32, args.word())) : value;
  const width = count(directive.width) ?? 0;
  const precision = Math.max(-1, count(directive.precision) ?? -1);
  const left = directive.left || width < 0;
  const how = CONVERSIONS[directive.conversion];
  if (how === undefined) output.put(source);
  else how({ directive, width: Math.abs(width), left, precision, args, memory, output, pointer });
}

const CONVERSIONS: Readonly<Record<string, (c: Conversion) => void>> = {
  d: signed,
  i: signed,
  D: (c) => signed(long(c)),
  u: (c) => integer(c, unsignedArgument(c), '', 10),
  U: (c) => integer(long(c), unsignedArgument(long(c)), '', 10),
  o: (c) => integer(c, unsignedArgument(c), '', 8),
  O: (c) => integer(long(c), unsignedArgument(long(c)), '', 8),
  x: (c) => hexadecimal(c, unsignedArgument(c), '0x'),
  X: (c) => hexadecimal(c, unsignedArgument(c), '0X'),
  p: pointerText,
  c: (c) => padded(c, Uint8Array.of(Number(c.args.word() & 0xffn))),
  s: string,
  b: bits,
  n: storeCount,
  '%': (c) => c.output.text('%'),
};

/** Bits of an integer argument of this length; `long` and pointers are `wordBits`. */
function bitsOf(length: LengthModifier, wordBits: 32 | 64): number {
  if (length === 'hh') return 8;
  if (length === 'h') return 16;
  if (length === 'll' || length === 'q' || length === 'j') return 64;
  return length === '' || length === 'L' ? 32 : wordBits;
}

function unsignedArgument({ directive, args }: Conversion): bigint {
  const size = bitsOf(directive.length, args.wordBits);
  return BigInt.asUintN(size, size === 64 ? args.wide() : args.word());
}

function pointerText(c: Conversion): void {
  const { args, width, directive } = c;
  if (c.pointer === undefined) integer(c, args.word(), '0x', 16);
  else padded(c, c.pointer({ value: args.word(), letters: directive.letters, width }));
}

function long(c: Conversion): Conversion {
  return { ...c, directive: { ...c.directive, length: 'l' } };
}

function signed(c: Conversion): void {
  const { directive, args } = c;
  const value = BigInt.asIntN(bitsOf(directive.length, args.wordBits), unsignedArgument(c));
  const sign = value < 0n ? '-' : directive.plus ? '+' : directive.space ? ' ' : '';
  integer(c, value < 0n ? -value : value, sign, 10);
}

function hexadecimal(c: Conversion, value: bigint, prefix: string): void {
  integer(c, value, c.directive.alternate && value !== 0n ? prefix : '', 16, prefix === '0X');
}

/** Sign or prefix, zeroes up to the precision or (flag 0) the width, digits; blanks around. */
function integer(c: Conversion, value: bigint, prefix: string, radix: 8 | 10 | 16, upper = false): void {
  const { output, precision, width, left, directive } = c;
  let digits = value === 0n && precision === 0 ? '' : value.toString(radix);
  if (upper) digits = digits.toUpperCase();
  if (radix === 8 && directive.alternate && !digits.startsWith('0')) digits = `0${digits}`;
  let zeroes = Math.max(0, precision - digits.length);
  const blanks = width - prefix.length - digits.length - zeroes;
  const zeroPadded = directive.zero && !left && precision < 0;
  if (zeroPadded && blanks > 0) zeroes = blanks;
  if (!left && !zeroPadded) output.repeat(' ', blanks);
  output.text(prefix);
  output.repeat('0', zeroes);
  output.text(digits);
  if (left) output.repeat(' ', blanks);
}

function padded({ output, width, left }: Conversion, bytes: Uint8Array): void {
  if (!left) output.repeat(' ', width - bytes.length);
  output.put(bytes);
  if (left) output.repeat(' ', width - bytes.length);
}

function string(c: Conversion): void {
  const address = c.args.word();
  const limit = c.precision < 0 ? STRING_LIMIT : Math.min(STRING_LIMIT, c.precision);
  const bytes = address === 0n ? Buffer.from('(null)').subarray(0, limit) : c.memory.readCString(address, limit);
  padded(c, bytes);
}

/** BSD's %b: a number, then the names of its set bits. Bits are numbered from 1, the names' first byte is the base. */
function bits(c: Conversion): void {
  const value = unsignedArgument(c);
  const names = c.memory.readCString(c.args.word(), STRING_LIMIT);
  const base = names[0];
  if (base !== 8 && base !== 10 && base !== 16) return;
  c.output.text(value.toString(base));
  let separator = '<';
  for (let at = 1; at < names.length; ) {
    const bit = BigInt(names[at] ?? 1) - 1n;
    let end = at + 1;
    while (end < names.length && (names[end] ?? 0) > 0x20) end++;
    if (((value >> bit) & 1n) === 1n) {
      c.output.text(separator);
      c.output.put(names.subarray(at + 1, end));
      separator = ',';
    }
    at = end;
  }
  if (separator === ',') c.output.text('>');
}

function storeCount({ directive, args, memory, output }: Conversion): void {
  const size = (bitsOf(directive.length, args.wordBits) / 8) as 1 | 2 | 4 | 8;
  memory.writeUint(args.word(), size, BigInt.asUintN(size * 8, BigInt(output.length)));
}
