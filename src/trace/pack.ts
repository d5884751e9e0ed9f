/**
 * MessagePack numbers in their shortest forms, put into bytes that have room for them. Each returns where the next value
 * goes. Source: the MessagePack specification (msgpack.org).
 */

/** Bytes that a number takes at most. */
export const LONGEST_NUMBER = 9;

/** An unsigned number up to 2^53. */
export function putNumber(bytes: Uint8Array, at: number, value: number): number {
  if (value <= 0x7f) {
    bytes[at] = value;
    return at + 1;
  }
  if (value <= 0xffffffff) return putWord(bytes, at, value);
  const high = Math.floor(value / 0x100000000);
  return putLong(bytes, at, value - high * 0x100000000, high);
}

/** Unsigned numbers of 64 bits, by their halves, the low one first: `words[from]` up to `words[to]`, not with it. */
export function putQuads(bytes: Uint8Array, start: number, words: Uint32Array, from: number, to: number): number {
  let at = start;
  for (let i = from; i < to; i += 2) {
    const low = words[i] as number;
    const high = words[i + 1] as number;
    if (high !== 0) at = putLong(bytes, at, low, high);
    else if (low <= 0x7f) bytes[at++] = low;
    else at = putWord(bytes, at, low);
  }
  return at;
}

/** 128 to 2^32 - 1. */
function putWord(bytes: Uint8Array, at: number, value: number): number {
  if (value <= 0xff) {
    bytes[at] = 0xcc;
    bytes[at + 1] = value;
    return at + 2;
  }
  if (value <= 0xffff) {
    bytes[at] = 0xcd;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value;
    return at + 3;
  }
  bytes[at] = 0xce;
  return putBigEndian(bytes, at + 1, value);
}

function putLong(bytes: Uint8Array, at: number, low: number, high: number): number {
  bytes[at] = 0xcf;
  return putBigEndian(bytes, putBigEndian(bytes, at + 1, high), low);
}

function putBigEndian(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** The head of a byte string of that length. */
export function putBinaryHead(bytes: Uint8Array, at: number, length: number): number {
  if (length <= 0xff) {
    bytes[at] = 0xc4;
    bytes[at + 1] = length;
    return at + 2;
  }
  bytes[at] = 0xc6;
  if (length > 0xffff) return putBigEndian(bytes, at + 1, length);
  bytes[at] = 0xc5;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  return at + 3;
}
