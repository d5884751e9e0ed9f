import { hex, hexDigits, hexOctets } from '../hex.ts';
import type { PlainData, TraceFault, Uint64 } from './format.ts';

/** Virtual time as seconds: `  5.000001s`. Cut, not rounded: two lines stay in their order. @param digits at most 9. */
export function seconds(ns: number, digits = 6): string {
  const whole = Math.floor(ns / 1e9);
  const rest = (ns - whole * 1e9).toString().padStart(9, '0').slice(0, digits);
  return `${String(whole).padStart(3)}.${rest}s`;
}

/** A register or a port: 0 alone for zero. */
export const hexOrZero = (value: Uint64): string => (value === 0 || value === 0n ? '0' : hex(value));

export const hexBytes = (bytes: Uint8Array): string => hexOctets(bytes).join(' ');

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };

function escapeOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return ESCAPES[char] ?? (code < 0x100 ? `\\x${hexDigits(code, 2)}` : `\\u{${code.toString(16)}}`);
}

/** What no terminal should be given by a guest: controls, marks that turn the text around, and what is unassigned. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text in quotation marks, escaped. */
export const quoted = (text: string): string => `"${text.replaceAll(/["\\]|[\p{C}\p{Zl}\p{Zp}]/gu, escapeOf)}"`;

/** A text as it is, but for what a terminal should not be given. */
export const harmless = (text: string): string => text.replaceAll(INVISIBLE, escapeOf);

/** How much of a text's characters cannot be seen. */
export function invisible(text: string): number {
  return text.length === 0 ? 0 : (text.match(INVISIBLE)?.length ?? 0) / text.length;
}

/** Plain data in one line. */
export function plainText(value: PlainData): string {
  if (typeof value === 'string') return harmless(value);
  const json = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return hexOrZero(item);
    return item instanceof Uint8Array ? hexBytes(item) : item;
  });
  return harmless(json);
}

/** A fault in the words of the command line: `wrongLength by=1`. */
export function faultText(fault: TraceFault): string {
  const parameters = Object.entries(fault).filter(([key]) => key !== 'kind');
  return [harmless(fault.kind), ...parameters.map(([key, value]) => `${harmless(key)}=${plainText(value)}`)].join(' ');
}
