import type { Bits } from './decode.ts';
import { type AddressSpace, markDirty, type Region, SHADOW } from './memory.ts';

/** Where an INS or OUTS walks through memory. */
export interface StringWalk {
  /** Linear address of offset 0 of the segment. */
  readonly base: bigint;
  /** The pointer register's value at the first element, `addressSize` bits of it. */
  readonly offset: bigint;
  readonly addressSize: Bits;
  /** Bytes an element. */
  readonly width: number;
  /** The direction flag: true walks down. */
  readonly backwards: boolean;
  /** INS needs to write there, OUTS to read. */
  readonly write: boolean;
}

/** A run of elements that lie side by side in one region: `offset` is the first byte of the lowest one. */
interface Piece {
  readonly region: Region;
  readonly offset: number;
  readonly elements: number;
}

/**
 * The pieces of memory that `count` elements cover, in the order of the transfer, up to the first element that would
 * fault. An element that straddles two regions is a piece of its own region only if it lies in it whole.
 */
export function pieces(space: AddressSpace, walk: StringWalk, count: number): Piece[] {
  return onePiece(space, walk, count) ?? manyPieces(space, walk, count);
}

/** The usual case, without the arithmetic of the others: upwards, within one region, and no wrap of the pointer. */
function onePiece(space: AddressSpace, walk: StringWalk, count: number): Piece[] | null {
  if (walk.backwards || walk.addressSize === 16) return null;
  const linear = walk.base === 0n ? walk.offset : BigInt.asUintN(64, walk.base + walk.offset);
  const region = space.find(linear);
  if (region === undefined || (walk.write && !region.protection.includes('w'))) return null;
  const offset = Number(linear - region.address);
  if (offset + count * walk.width > region.size) return null;
  if (walk.addressSize === 32 && Number(walk.offset) + count * walk.width > 0x1_0000_0000) return null;
  return [{ region, offset, elements: count }];
}

function manyPieces(space: AddressSpace, walk: StringWalk, count: number): Piece[] {
  const list: Piece[] = [];
  const mask = (1n << BigInt(walk.addressSize)) - 1n;
  const width = BigInt(walk.width);
  let offset = walk.offset;
  let left = count;
  while (left > 0) {
    const linear = BigInt.asUintN(64, walk.base + offset);
    const region = space.find(linear);
    if (region === undefined || (walk.write && !region.protection.includes('w'))) break;
    const at = Number(linear - region.address);
    // How far the walk stays in this region, and how far before the pointer wraps around.
    const inRegion = walk.backwards ? Math.floor(at / walk.width) + 1 : Math.floor((region.size - at) / walk.width);
    const beforeWrap = walk.backwards ? offset / width + 1n : (mask - offset) / width + 1n;
    const fits = at + walk.width <= region.size ? Math.min(left, inRegion) : 0;
    const elements = BigInt(fits) < beforeWrap ? fits : Number(beforeWrap);
    if (elements === 0) break;
    list.push({ region, offset: walk.backwards ? at - (elements - 1) * walk.width : at, elements });
    offset = (offset + (walk.backwards ? -width : width) * BigInt(elements)) & mask;
    left -= elements;
  }
  return list;
}

export function countElements(list: readonly Piece[]): number {
  let sum = 0;
  for (const { elements } of list) sum += elements;
  return sum;
}

/** The bytes that leave the guest, first element first. */
export function gather(list: readonly Piece[], { width, backwards }: StringWalk): Uint8Array {
  const data = new Uint8Array(countElements(list) * width);
  let done = 0;
  for (const { region, offset, elements } of list) {
    const bytes = region.bytes.slice(offset, offset + elements * width);
    data.set(backwards ? reverseElements(bytes, width) : bytes, done);
    done += bytes.length;
  }
  return data;
}

/** Puts whole elements of `data` into the guest, first element first; `wrote` hears of each changed range. */
export function scatter(
  list: readonly Piece[],
  { width, backwards }: StringWalk,
  data: Uint8Array,
  wrote: (region: Region, offset: number, length: number) => void,
): void {
  let done = 0;
  for (const { region, offset, elements } of list) {
    const here = Math.min(elements, Math.floor((data.length - done) / width));
    if (here <= 0) return;
    const bytes = here * width === data.length ? data : data.subarray(done, done + here * width);
    const start = backwards ? offset + (elements - here) * width : offset;
    region.bytes.set(backwards ? reverseElements(bytes.slice(), width) : bytes, start);
    markDirty(region, start, bytes.length);
    region.shadow?.fill(SHADOW.addressable | SHADOW.written, start, start + bytes.length);
    wrote(region, start, bytes.length);
    done += bytes.length;
  }
}

/** Turns the order of the elements around, not the bytes in one. */
function reverseElements(bytes: Uint8Array, width: number): Uint8Array {
  const turned = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += width)
    turned.set(bytes.subarray(at, at + width), bytes.length - at - width);
  return turned;
}
