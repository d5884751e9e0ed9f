import type { ElfReader } from './reader.ts';

/** What a byte of a kernel symbol's name stands for (kallsyms_token_table). */
export interface Tokens {
  readonly texts: readonly string[];
  /** Where the table begins. */
  readonly at: number;
  /** Behind kallsyms_token_index, which follows it. */
  readonly end: number;
}

const COUNT = 256;
/** KSYM_NAME_LEN of Linux 6.1 and after. */
const LONGEST = 512;
/** Every kernel has symbols with each digit: those bytes stand for themselves. */
const DIGITS = Buffer.from('0\x001\x002\x003\x004\x005\x006\x007\x008\x009\0', 'latin1');
const FIRST_DIGIT = 0x30;
/** Places that look like the digits and are none, at most. */
const LOOK_LIMIT = 64;

/**
 * The tables of tokens in a file: 256 strings, and behind them where each begins. The strings have one place by the
 * digits; that all 256 offsets fit makes sure.
 */
export function* findTokens(reader: ElfReader): Generator<Tokens> {
  const bytes = Buffer.from(reader.bytes.buffer, reader.bytes.byteOffset, reader.bytes.byteLength);
  let digits = bytes.indexOf(DIGITS);
  for (let looks = 0; digits >= 0 && looks < LOOK_LIMIT; looks++, digits = bytes.indexOf(DIGITS, digits + 1)) {
    const tokens = tokensAround(bytes, digits, reader.wordSize);
    if (tokens !== null) yield tokens;
  }
}

function tokensAround(bytes: Buffer, digits: number, align: number): Tokens | null {
  const rest = stringsFrom(bytes, digits, COUNT - FIRST_DIGIT);
  if (rest === null) return null;
  const indexAt = Math.ceil(rest.end / align) * align;
  const end = indexAt + 2 * COUNT;
  if (end > bytes.length) return null;
  const at = digits - bytes.readUInt16LE(indexAt + 2 * FIRST_DIGIT);
  const all = at < 0 ? null : stringsFrom(bytes, at, COUNT);
  if (all === null || all.end !== rest.end) return null;
  const fits = all.starts.every((start, token) => bytes.readUInt16LE(indexAt + 2 * token) === start - at);
  return fits ? { texts: all.texts, at, end } : null;
}

/** So many strings one behind the other, each with its NUL. */
function stringsFrom(
  bytes: Buffer,
  at: number,
  count: number,
): { starts: number[]; texts: string[]; end: number } | null {
  const starts: number[] = [];
  const texts: string[] = [];
  let next = at;
  for (let index = 0; index < count; index++) {
    const end = bytes.subarray(next, next + LONGEST).indexOf(0);
    if (end < 0) return null;
    starts.push(next);
    texts.push(bytes.toString('latin1', next, next + end));
    next += end + 1;
  }
  return { starts, texts, end: next };
}
