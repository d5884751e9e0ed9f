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
const DOUBLED: Readonly<Record<string, LengthModifier>> = { h: 'hh', l: 'll' };
const SINGLE = 'hlqjztL';

const code = (character: string): number => character.charCodeAt(0);
const [STAR, DOT, ZERO, NINE] = [code('*'), code('.'), code('0'), code('9')];
/** A bit each; a quote, which groups thousands, changes nothing here. */
const FLAGS: ReadonlyMap<number, number> = new Map([...'-0+ #'].map((flag, bit) => [code(flag), 1 << bit] as const));
const [LEFT, ZERO_PADDED, PLUS, SPACE, ALTERNATE] = [1, 2, 4, 8, 16];
const QUOTE = code("'");

/** Reads the directive whose `%` is at `at`. `letters`: a `p` has all letters and digits behind it. */
export function parseDirective(format: Uint8Array, at: number, letters = false): Directive {
  let end = at + 1;
  let flags = 0;
  for (let byte = format[end]; byte !== undefined; byte = format[++end]) {
    const flag = FLAGS.get(byte);
    if (flag === undefined && byte !== QUOTE) break;
    flags |= flag ?? 0;
  }
  const count = (): Count => {
    if (format[end] === STAR) {
      end++;
      return 'argument';
    }
    if (!isDigit(format[end])) return null;
    let value = 0;
    for (; isDigit(format[end]); end++) value = Math.min(COUNT_LIMIT, value * 10 + (format[end] as number) - ZERO);
    return value;
  };
  const width = count();
  let precision: Count = null;
  if (format[end] === DOT) {
    end++;
    precision = count() ?? 0;
  }
  let length: LengthModifier = '';
  const letter = charAt(format, end);
  if (letter !== '' && SINGLE.includes(letter)) {
    end++;
    const doubled = DOUBLED[letter];
    length = letter as LengthModifier;
    if (doubled !== undefined && charAt(format, end) === letter) {
      end++;
      length = doubled;
    }
  }
  const conversion = charAt(format, end);
  if (conversion !== '') end++;
  const start = end;
  if (letters && conversion === 'p') while (/[a-z0-9]/i.test(charAt(format, end))) end++;
  return {
    left: (flags & LEFT) !== 0,
    zero: (flags & ZERO_PADDED) !== 0,
    plus: (flags & PLUS) !== 0,
    space: (flags & SPACE) !== 0,
    alternate: (flags & ALTERNATE) !== 0,
    width,
    precision,
    length,
    conversion,
    letters: end === start ? '' : Buffer.from(format.subarray(start, end)).toString('latin1'),
    end,
  };
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

/** Empty behind the end. */
const charAt = (bytes: Uint8Array, at: number): string =>
  at < bytes.length ? String.fromCharCode(bytes[at] as number) : '';
