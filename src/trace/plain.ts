import { VmtbenchError } from '../errors.ts';
import { DEPTH_LIMIT, type PlainData, type PlainMap } from './format.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** The text as UTF-8 can say it: a lone surrogate becomes U+FFFD. */
export const wellFormed = (text: string): string =>
  LONE_SURROGATE.test(text) ? text.replaceAll(/\p{Surrogate}/gu, '\ufffd') : text;

/**
 * A number in the one form that it is written in: whole numbers beyond 32 bits as bigint, for which MessagePack has an
 * integer where it would have a float.
 */
export function exact(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') return value >= -0x80000000n && value <= 0xffffffffn ? Number(value) : value;
  return Number.isSafeInteger(value) && (value > 0xffffffff || value < -0x80000000) ? BigInt(value) : value;
}

const unfit = (what: string): VmtbenchError =>
  new VmtbenchError('trace.plain', `a trace cannot hold ${what}`, 'give plain data: maps, arrays, texts and numbers');

/** A copy of plain data that is ready to be packed. Members that are undefined are left out. */
export function packable(value: unknown, depth = 1): PlainData {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return exact(value);
  if (typeof value === 'bigint') {
    if (value < -(1n << 63n) || value >= 1n << 64n) throw unfit(`the number ${value}`);
    return exact(value);
  }
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'object') throw unfit(`a value of type ${typeof value}`);
  // The record itself is one level.
  if (depth >= DEPTH_LIMIT) throw unfit('data nested so deeply');
  if (Array.isArray(value)) return value.map((item) => packable(item ?? null, depth + 1));
  return packableMap(value, depth);
}

/** {@link packable} for a map at the top. */
export function packableMap(value: object, depth = 1): PlainMap {
  const map: Record<string, PlainData> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    Object.defineProperty(map, wellFormed(key), {
      value: packable(member, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return map;
}
