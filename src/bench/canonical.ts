import { addon } from '../cpu/index.ts';

/**
 * 32 hex digits that stand for plain data (numbers, booleans, big integers, strings, null, bytes, arrays, objects of
 * these): the same for equal values, keys counted in the order that they have.
 */
export function digestOf(value: unknown): string {
  at = 0;
  put(value);
  return addon().digestBytes(bytes, at);
}

/** What is being written: it runs after every step of a guest, so that one buffer serves all. */
let bytes = new Uint8Array(16 * 1024);
let view = new DataView(bytes.buffer);
let at = 0;

/** What follows is of that kind. */
const TAG = { null: 0, number: 1, boolean: 2, bigint: 3, string: 4, bytes: 5, array: 6, object: 7, other: 8 } as const;

function put(value: unknown): void {
  switch (typeof value) {
    case 'number':
      tag(TAG.number, value);
      return;
    case 'boolean':
      tag(TAG.boolean, value ? 1 : 0);
      return;
    case 'bigint':
      putBig(value);
      return;
    case 'string':
      putText(value);
      return;
    case 'object':
      if (value === null) tag(TAG.null, 0);
      else if (value instanceof Uint8Array) putBytes(value);
      else if (Array.isArray(value)) {
        tag(TAG.array, value.length);
        for (const item of value) put(item);
      } else {
        tag(TAG.object, 0);
        for (const item of Object.values(value)) put(item);
        tag(TAG.object, 1);
      }
      return;
    default:
      tag(TAG.other, 0);
  }
}

function tag(kind: number, value: number): void {
  reserve(9);
  bytes[at] = kind;
  view.setFloat64(at + 1, value);
  at += 9;
}

/** Addresses, and other words of at most 64 bits. */
function putBig(value: bigint): void {
  tag(TAG.bigint, value < 0n ? 1 : 0);
  reserve(8);
  view.setBigInt64(at, value);
  at += 8;
}

function putText(text: string): void {
  tag(TAG.string, text.length);
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
