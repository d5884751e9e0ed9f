/** Searches in bytes, and numbers among them. What is short is done by a loop: it costs no call and makes no object. */
import { SHADOW } from './memory.ts';

/** Up to so many bytes a loop is faster than the call of a function. */
const SHORT = 64;

/** Where the first NUL from `start` on lies; -1: none before `end`. */
export function endOfText(bytes: Uint8Array, start: number, end: number): number {
  const short = Math.min(start + SHORT, end);
  for (let at = start; at < short; at++) if (bytes[at] === 0) return at;
  const at = bytes.subarray(short, end).indexOf(0);
  return at === -1 ? -1 : short + at;
}

/** The first byte of a range of a shadow that has not this bit, by its index; -1: all have it. */
export function firstClear(shadow: Uint8Array, offset: number, length: number, bit: number): number {
  const end = offset + length;
  if (bit === SHADOW.addressable && length > SHORT) {
    // A byte without this bit is 0: nothing is written that may not be touched.
    const at = shadow.subarray(offset, end).indexOf(0);
    return at === -1 ? -1 : offset + at;
  }
  for (let at = offset; at < end; at++) if (((shadow[at] as number) & bit) === 0) return at;
  return -1;
}

/** A little endian number. */
export function uintAt(view: DataView, offset: number, size: 1 | 2 | 4 | 8): bigint {
  if (size === 8) return view.getBigUint64(offset, true);
  return BigInt(
    size === 4 ? view.getUint32(offset, true) : size === 2 ? view.getUint16(offset, true) : view.getUint8(offset),
  );
}

/** The owner writes poison too, without lifting it. */
export function markWritten(shadow: Uint8Array, offset: number, length: number): void {
  for (let at = offset; at < offset + length; at++) {
    const byte = shadow[at] as number;
    if (byte !== 0) shadow[at] = byte | SHADOW.written;
  }
}
