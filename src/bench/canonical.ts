import { addon } from '../cpu/index.ts';
import { firstStrange, isRecord } from '../plain.ts';

/**
 * 32 hex digits that stand for plain data: the same for equal values. Of an object its keys count, in the order that
 * they have.
 * @throws Error for what is no plain data: it would decide what comes, and not be seen.
 */
export function digestOf(value: unknown): string {
  at = 0;
  if (!put(value)) throw new Error(`no digest: ${firstStrange(value, 'the state') ?? 'what it was is plain now'}`);
  return addon().digestBytes(bytes, at);
}

/** What is being written: it runs after every step of a guest, so that one buffer serves all. */
let bytes = new Uint8Array(16 * 1024);
let view = new DataView(bytes.buffer);
let at = 0;

/** What follows is of that kind. */
const TAG = {
  null: 0,
  number: 1,
  boolean: 2,
  bigint: 3,
  string: 4,
  bytes: 5,
  array: 6,
  object: 7,
  key: 8,
  long: 9,
} as const;

/** @returns false for what is no plain data. */
function put(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      tag(TAG.number, value);
      return true;
    case 'boolean':
      tag(TAG.boolean, value ? 1 : 0);
      return true;
    case 'bigint':
      putBig(value);
      return true;
    case 'string':
      putText(TAG.string, value);
      return true;
    case 'object':
      if (value === null) tag(TAG.null, 0);
      else if (value instanceof Uint8Array) putBytes(value);
      else if (Array.isArray(value)) return putArray(value);
      else return putObject(value);
      return true;
    default:
      return false;
  }
}

function putArray(items: readonly unknown[]): boolean {
  tag(TAG.array, items.length);
  // Not by `every`, which passes over holes.
  for (const item of items) if (!put(item)) return false;
  return true;
}

function putObject(object: object): boolean {
  if (!isRecord(object)) return false;
  const keys = Object.keys(object);
  tag(TAG.object, keys.length);
  for (const key of keys) {
    putText(TAG.key, key);
    if (!put(object[key])) return false;
  }
  return true;
}

function tag(kind: number, value: number): void {
  reserve(9);
  bytes[at] = kind;
  view.setFloat64(at + 1, value);
  at += 9;
}

/** Addresses and other words as they are; what 64 bits do not hold, such as a clock that a guest has set, as text. */
function putBig(value: bigint): void {
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    putText(TAG.long, value.toString(16));
    return;
  }
  tag(TAG.bigint, value < 0n ? 1 : 0);
  reserve(8);
  view.setBigInt64(at, value);
  at += 8;
}

function putText(kind: number, text: string): void {
  tag(kind, text.length);
  reserve(2 * text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    bytes[at] = unit;
    bytes[at + 1] = unit >>> 8;
    at += 2;
  }
}

function putBytes(content: Uint8Array): void {
  tag(TAG.bytes, content.length);
  reserve(content.length);
  bytes.set(content, at);
  at += content.length;
}

function reserve(size: number): void {
  if (at + size <= bytes.length) return;
  const longer = new Uint8Array(2 * (at + size));
  longer.set(bytes);
  bytes = longer;
  view = new DataView(bytes.buffer);
}
