import { VmtbenchError } from '../errors.ts';
import { DEPTH_LIMIT, type PlainData, type PlainMap, VALUES_LIMIT } from './format.ts';

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

/** How many more values fit into a record; a few are the record's own. */
interface Room {
  left: number;
}

const newRoom = (): Room => ({ left: VALUES_LIMIT - 8 });

/**
 * A copy of a map of plain data that is ready to be packed, to stand one level deep in a record. Members that are
 * undefined are left out. Throws `trace.plain` for all that is no plain data, or too much of it.
 */
export const packableMap = (value: object): PlainMap => mapOf(value, 1, newRoom());

function packable(value: unknown, depth: number, room: Room): PlainData {
  room.left -= 1;
  if (room.left < 0) throw unfit(`a record of more than ${VALUES_LIMIT} values`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return exact(value);
  if (typeof value === 'bigint') {
    if (value < -(1n << 63n) || value >= 1n << 64n) throw unfit(`the number ${value}`);
    return exact(value);
  }
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'object') throw unfit(`a value of type ${typeof value}`);
  if (depth >= DEPTH_LIMIT) throw unfit('data nested so deeply');
  if (Array.isArray(value)) return value.map((item) => packable(item ?? null, depth + 1, room));
  return mapOf(value, depth, room);
}

function mapOf(value: object, depth: number, room: Room): PlainMap {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unfit(`an instance of ${value.constructor.name}`);
  const map: Record<string, PlainData> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    room.left -= 1;
    setMember(map, wellFormed(key), packable(member, depth + 1, room));
  }
  return map;
}

/** Sets a member whatever its name: assigning to `__proto__` would give the object another prototype. */
export function setMember(map: Record<string, PlainData>, key: string, value: PlainData): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}
