import { VmtbenchError } from '../errors.ts';
import { PAGE_SIZE, type Protection } from '../memory.ts';

export { PAGE_SIZE, type Protection };

const PAGE_BITS = 12;
const LIMIT = 1 << 30;

/** The engine's own numbers (`UC_PROT_*`). */
export const PROTECTION_BITS: Record<Protection, number> = { r: 1, rw: 3, rx: 5, rwx: 7 };

/** A mapped range. The addon marks the pages that the guest stores to in the same two arrays as {@link markDirty}. */
export interface Region {
  readonly address: bigint;
  /** The two halves of the address: arithmetic on big integers allocates. */
  readonly low: number;
  readonly high: number;
  /** The first address behind it. */
  readonly end: bigint;
  readonly size: number;
  readonly protection: Protection;
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** The memory checker's byte for each byte, see {@link SHADOW}; null: not checked. */
  readonly shadow: Uint8Array | null;
  /** Return addresses on this stack are guarded. */
  readonly guardReturns: boolean;
  /** One byte a page: 1 = stored to since the flags were last cleared. */
  readonly dirtyFlags: Uint8Array;
  /** [0] = how many pages are dirty, then their numbers in the order of their first store. */
  readonly dirtyPages: Uint32Array;
}

/** What the memory checker watches in a range: every byte, or the return addresses on a stack. */
export type Check = 'bytes' | 'returns';

/** Bits of a shadow byte. 0 is poison: no instruction may touch that byte. */
export const SHADOW = { addressable: 1, written: 2 } as const;

export function createRegion(address: bigint, size: number, protection: Protection, check?: Check): Region {
  const page = BigInt(PAGE_SIZE);
  if (!Number.isSafeInteger(size) || size <= 0 || size > LIMIT || size % PAGE_SIZE !== 0 || address % page !== 0n) {
    throw new VmtbenchError(
      'cpu.map',
      `cannot map ${size} bytes at 0x${address.toString(16)}`,
      `Address and size are multiples of ${PAGE_SIZE}, the size at most 1 GiB.`,
    );
  }
  const pages = size >> PAGE_BITS;
  const bytes = new Uint8Array(size);
  return {
    address,
    low: Number(BigInt.asUintN(32, address)),
    high: Number(address >> 32n),
    end: address + BigInt(size),
    size,
    protection,
    bytes,
    view: new DataView(bytes.buffer),
    shadow: check === 'bytes' ? new Uint8Array(size) : null,
    guardReturns: check === 'returns',
    dirtyFlags: new Uint8Array(pages),
    dirtyPages: new Uint32Array(pages + 1),
  };
}

/** Notes that TypeScript wrote `length` bytes at `offset`. */
export function markDirty(region: Region, offset: number, length: number): void {
  const last = (offset + length - 1) >> PAGE_BITS;
  for (let page = offset >> PAGE_BITS; page <= last; page++) {
    if (region.dirtyFlags[page] !== 0) continue;
    region.dirtyFlags[page] = 1;
    const count = (region.dirtyPages[0] as number) + 1;
    region.dirtyPages[0] = count;
    region.dirtyPages[count] = page;
  }
}

/** The pages stored to since they were last taken. */
export function peekDirty({ dirtyPages }: Region): readonly number[] {
  const count = dirtyPages[0] as number;
  if (count === 0) return NONE;
  const pages: number[] = [];
  for (let index = 1; index <= count; index++) pages.push(dirtyPages[index] as number);
  return pages;
}

const NONE: readonly number[] = [];

/** The pages stored to since the last call, and forgets them. */
export function takeDirty(region: Region): readonly number[] {
  const pages = peekDirty(region);
  for (const page of pages) region.dirtyFlags[page] = 0;
  region.dirtyPages[0] = 0;
  return pages;
}

const WORD = 0x1_0000_0000;
/** An address and its two halves. */
const quad = new BigUint64Array(1);
const halves = new Uint32Array(quad.buffer);

/** Of the address in `quad`; negative: the region does not hold it. */
function offsetIn({ low, high, size }: Region): number {
  const offset = ((halves[1] as number) - high) * WORD + (halves[0] as number) - low;
  return offset < size ? offset : -1;
}

/** The mapped ranges by address; they never overlap. */
export class AddressSpace {
  readonly regions: Region[] = [];
  /** Where the range of the last call of {@link holder} begins in its region. */
  offset = 0;
  #last: Region | null = null;

  /** The range that holds `address`, if any. */
  find(address: bigint): Region | undefined {
    return this.holder(address, 1) ?? undefined;
  }

  /**
   * The region that holds a range whole, as one holds nearly every range; null: none does. {@link offset} says where in
   * it: this is called too often to make an object. Addresses are modulo 2^64.
   */
  holder(address: bigint, length: number): Region | null {
    quad[0] = address;
    const last = this.#last;
    const offset = last === null ? -1 : offsetIn(last);
    const region = offset >= 0 ? last : this.#search();
    if (region === null) return null;
    this.offset = offset >= 0 ? offset : offsetIn(region);
    return this.offset + length <= region.size ? region : null;
  }

  /** The region of the address in `quad`. */
  #search(): Region | null {
    for (const region of this.regions) {
      if (offsetIn(region) < 0) continue;
      this.#last = region;
      return region;
    }
    return null;
  }

  add(region: Region): void {
    const other = this.regions.find((r) => region.address < r.end && r.address < region.end);
    if (other !== undefined) {
      throw new VmtbenchError(
        'cpu.map',
        `0x${region.address.toString(16)}..0x${region.end.toString(16)} overlaps what is mapped at 0x${other.address.toString(16)}`,
        'Unmap that first, or choose another address.',
      );
    }
    this.regions.push(region);
  }

  remove(region: Region): void {
    this.regions.splice(this.regions.indexOf(region), 1);
    this.#last = null;
  }

  clear(): void {
    this.regions.length = 0;
    this.#last = null;
  }

  /**
   * Walks the mapped pieces of a range in address order; neighbouring regions count as one.
   * @returns how many bytes from `address` on are mapped, `length` at most.
   */
  walk(
    address: bigint,
    length: number,
    visit: (region: Region, offset: number, length: number, done: number) => void,
  ): number {
    let done = 0;
    while (done < length) {
      const at = address + BigInt(done);
      const region = this.find(at);
      if (region === undefined) break;
      const offset = Number(at - region.address);
      const piece = Math.min(length - done, region.size - offset);
      visit(region, offset, piece, done);
      done += piece;
    }
    return done;
  }
}

/** The error for a range that the guest has not mapped. */
export function unmapped(address: bigint, length: number): VmtbenchError {
  return new VmtbenchError(
    'cpu.unmapped',
    `${length} bytes at 0x${address.toString(16)} are not wholly mapped`,
    'Map that range first, or ask isMapped().',
  );
}
