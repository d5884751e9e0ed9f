/** A number in a directive: written out, taken from the arguments, or absent. */
export type Count = number | 'argument' | null;
export type LengthModifier = '' | 'hh' | 'h' | 'l' | 'll' | 'q' | 'j' | 'z' | 't' | 'L';

/** One `%...` of a format string. */
export interface Directive {
  readonly left: boolean;
  readonly zero: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly width: Count;
  readonly precision: Count;
  readonly length: LengthModifier;
  /** The conversion character; empty where the string ends first. */
  readonly conversion: string;
  /** What belongs to a `p` in systems where letters follow it. */
  readonly letters: string;
  /** Index of the first byte after the directive. */
  readonly end: number;
}

/** Greatest width or precision: an int. */
const COUNT_LIMIT = 0x7fffffff;
const FLAGS = "-0+ #'";
const DOUBLED: Readonly<Record<string, LengthModifier>> = { h: 'hh', l: 'll' };
const SINGLE = 'hlqjztL';

/** Reads the directive whose `%` is at `at`. `letters`: a `p` has all letters and digits behind it. */
export function parseDirective(format: Uint8Array, at: number, letters = false): Directive {
  let end = at + 1;
  const peek = (): string => (end < format.length ? String.fromCharCode(format[end] ?? 0) : '');
  const flags = new Set<string>();
  for (let flag = peek(); flag !== '' && FLAGS.includes(flag); flag = peek()) {
    flags.add(flag);
    end++;
  }
  const count = (): Count => {
    if (peek() === '*') {
      end++;
      return 'argument';
    }
    if (!/[0-9]/.test(peek())) return null;
    let value = 0;
    while (/[0-9]/.test(peek())) value = Math.min(COUNT_LIMIT, value * 10 + Number(charAt(format, end++)));
    return value;
  };
  const width = count();
  let precision: Count = null;
  if (peek() === '.') {
    end++;
    precision = count() ?? 0;
  }
  let length: LengthModifier = '';
  if (peek() !== '' && SINGLE.includes(peek())) {
    const letter = charAt(format, end++);
    const doubled = DOUBLED[letter];
    length = letter as LengthModifier;
    if (doubled !== undefined && peek() === letter) {
      end++;
      length = doubled;
    }
  }
  const conversion = peek();
  if (conversion !== '') end++;
  const start = end;
  while (letters && conversion === 'p' && /[a-z0-9]/i.test(peek())) end++;
  return {
    left: flags.has('-'),
    zero: flags.has('0'),
    plus: flags.has('+'),
    space: flags.has(' '),
    alternate: flags.has('#'),
    width,
    precision,
    length,
    conversion,
    letters: Buffer.from(format.subarray(start, end)).toString('latin1'),
    end,
  };
}

function charAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at] ?? 0);
}
