import { VmtbenchError } from '../errors.ts';
import { type Guest, symbolHint } from '../guest/index.ts';

/** An argument of `vmtbench call`, placed in the guest. */
export interface PlacedArgument {
  readonly word: string;
  readonly value: bigint;
  /** Guest memory allocated for it, to compare afterwards. */
  readonly buffer: { readonly address: bigint; readonly bytes: Uint8Array; readonly always: boolean } | null;
}

const HINT = 'Arguments are 123, 0x7b, -1, "text" (a NUL is added), buf:4096 (zeroed), hex:00ff and @symbol.';
const LARGEST_BUFFER = 1 << 20;

/**
 * `ARG = 123 | 0x7b | -1 | "text" | buf:4096 | hex:00ff | @symbol`. Text needs its quotes: anything else is a typing
 * error, and would become a wrong pointer.
 * @throws VmtbenchError `argument`
 */
export function placeArgument(guest: Guest, word: string): PlacedArgument {
  const number = parseNumber(word);
  if (number !== null) return { word, value: number, buffer: null };
  if (word.startsWith('@')) {
    const value = guest.symbol(word.slice(1));
    if (value === null) {
      const hint = symbolHint(word.slice(1), guest.object);
      throw new VmtbenchError('argument', `the guest has no symbol ${word.slice(1)}`, hint);
    }
    return { word, value, buffer: null };
  }
  return placeBytes(guest, word, parseBytes(word), word.startsWith('buf:'));
}

/** `123`, `0x7b` or `-1`; null: the word is none of them. */
export function parseNumber(word: string): bigint | null {
  if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(word)) return null;
  const magnitude = BigInt(word.replace('-', ''));
  return word.startsWith('-') ? -magnitude : magnitude;
}

/** `buf:4096`, `hex:00ff`, or text, to which a NUL is added. @throws VmtbenchError `argument`, `hex` */
export function parseBytes(word: string): Uint8Array {
  const [, form, rest = ''] = /^(buf|hex):(.*)$/.exec(word) ?? [];
  if (form === 'buf') return new Uint8Array(bufferSize(word, rest));
  if (form === 'hex') return parseHex(rest);
  if (!/^".*"$/s.test(word) || word.length < 2) {
    throw new VmtbenchError(
      'argument',
      `${word} is no argument`,
      `${HINT} In a shell write '"text"', with both quotes.`,
    );
  }
  return new Uint8Array(Buffer.from(`${word.slice(1, -1)}\0`));
}

function placeBytes(guest: Guest, word: string, bytes: Uint8Array, always: boolean): PlacedArgument {
  const address = guest.place(bytes, `the argument ${word}`);
  return { word, value: address, buffer: { address, bytes, always } };
}

function bufferSize(word: string, digits: string): number {
  const size = /^(0x[0-9a-f]+|\d+)$/i.test(digits) ? Number(digits) : Number.NaN;
  if (size > 0 && size <= LARGEST_BUFFER) return size;
  throw new VmtbenchError('argument', `${word} is no buffer`, `A buffer has 1 to ${LARGEST_BUFFER} bytes: buf:4096.`);
}

/** Bytes from hex digits, blanks allowed. @throws VmtbenchError `hex` */
export function parseHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  if (/^([0-9a-f]{2})+$/i.test(digits)) return new Uint8Array(Buffer.from(digits, 'hex'));
  throw new VmtbenchError('hex', `"${text}" is not hex`, 'Give pairs of hex digits, such as ed f4.');
}

/** Bytes for people: as text where they are text, else in hex; shortened. */
export function showBytes(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const text = Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('latin1');
  if (text !== '' && /^[\x20-\x7e\n\t]+$/.test(text)) return JSON.stringify(text);
  const shown = Buffer.from(bytes.subarray(0, 64)).toString('hex');
  return bytes.length > 64 ? `${shown}... (${bytes.length} bytes)` : shown || '(empty)';
}
