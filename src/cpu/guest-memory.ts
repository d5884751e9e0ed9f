import { endOfText, firstClear, markWritten, uintAt } from './bytes.ts';
import {
  AddressSpace,
  type Check,
  createRegion,
  markDirty,
  PAGE_SIZE,
  type Protection,
  type Region,
  SHADOW,
  unmapped,
} from './memory.ts';
import { MemoryHistory, type MemoryImage } from './snapshot.ts';

/** Who knows of objects that lie side by side, with nothing between them that could be poison. */
export interface Bounds {
  /** Does a transfer that begins in one of them run over its end? */
  overruns(address: bigint, length: number): boolean;
}

/** Who hears of what becomes of a memory: the processor that it belongs to. */
export interface MemoryOwner {
  /** A range came. */
  mapped(region: Region): void;
  /** A range goes. */
  unmapped(region: Region): void;
  /** Bytes were changed behind the processor's back. */
  wrote(region: Region, offset: number, length: number): void;
}

/** The guest's memory as its owner reads and writes it. What follows from a change is for the processor to do. */
export class GuestMemory {
  /** Memory checker: asked of string I/O, and by those who move memory for the guest. Null: nothing is known. */
  bounds: Bounds | null = null;
  readonly space: AddressSpace = new AddressSpace();
  readonly #owner: MemoryOwner;
  readonly #history = new MemoryHistory();

  constructor(owner: MemoryOwner) {
    this.#owner = owner;
  }

  /**
   * Maps zeroed memory. With `check: 'bytes'` all of it is poison until it is given out by {@link allow}.
   * @throws VmtbenchError `cpu.map` for a range that is odd or taken.
   */
  map(address: bigint, size: number, protection: Protection = 'rwx', check?: Check): void {
    const region = createRegion(address, size, protection, check);
    this.space.add(region);
    this.#owner.mapped(region);
  }

  /** Unmaps what one call of {@link map} mapped. @throws VmtbenchError `cpu.unmapped` where none did. */
  unmap(address: bigint): void {
    const region = this.space.find(address);
    if (region === undefined || region.address !== address) throw unmapped(address, 1);
    this.#owner.unmapped(region);
    this.space.remove(region);
  }

  /**
   * What memory holds, as 32 hex digits; `except`: addresses of regions that do not count. Two snapshots of the same
   * digest, the same registers and the same time are the same state.
   */
  memoryDigest(except: readonly bigint[] = []): string {
    return this.#history.digest(
      this.space,
      this.space.regions.filter(({ address }) => except.includes(address)),
    );
  }

  /** All of memory as it is now. */
  capture(): MemoryImage {
    return this.#history.capture(this.space);
  }

  /** Mappings and what they hold go back. */
  restore(image: MemoryImage): void {
    for (const region of [...this.space.regions]) if (!image.tables.has(region)) this.unmap(region.address);
    for (const region of image.tables.keys()) {
      if (this.space.regions.includes(region)) continue;
      this.space.add(region);
      this.#owner.mapped(region);
    }
    this.#history.restore(image, (region, page) => this.#owner.wrote(region, page * PAGE_SIZE, PAGE_SIZE));
  }

  /** Nothing is mapped any more; for an owner that is gone. */
  forget(): void {
    this.space.clear();
  }

  /** Memory checker: the guest may touch these bytes; `written` says that they hold something. */
  allow(address: bigint, length: number, written: boolean): void {
    this.#shade(address, length, SHADOW.addressable | (written ? SHADOW.written : 0));
  }

  /** Memory checker: the guest may not touch these bytes. */
  poison(address: bigint, length: number): void {
    this.#shade(address, length, 0);
  }

  /** The first byte of a range that the guest may not touch; null where there is none, or nothing is checked. */
  firstPoisoned(address: bigint, length: number): bigint | null {
    return this.#firstWithout(address, length, SHADOW.addressable);
  }

  /** The first byte of a range that was given out and never written. */
  firstUnwritten(address: bigint, length: number): bigint | null {
    return this.#firstWithout(address, length, SHADOW.written);
  }

  /** Does a transfer that begins in one object run over its end? */
  overruns(address: bigint, length: number): boolean {
    return this.bounds?.overruns(address, length) ?? false;
  }

  #shade(address: bigint, length: number, value: number): void {
    this.space.walk(address, length, (region, offset, size) => {
      if (region.shadow === null) return;
      region.shadow.fill(value, offset, offset + size);
      markDirty(region, offset, size);
    });
  }

  /**
   * Whether the memory checker surely has nothing against such a transfer; false: it may have, look closer. One look at
   * what nearly every transfer is: within one region, touchable, within one variable, far from return addresses.
   */
  permits(address: bigint, length: number, write: boolean): boolean {
    const region = this.space.holder(address, length);
    if (region === null || (write && region.guardReturns)) return false;
    if (region.shadow !== null && firstClear(region.shadow, this.space.offset, length, SHADOW.addressable) !== -1) {
      return false;
    }
    return this.bounds === null || !this.bounds.overruns(address, length);
  }

  #firstWithout(address: bigint, length: number, bit: number): bigint | null {
    const holder = this.space.holder(address, length);
    if (holder !== null) {
      if (holder.shadow === null) return null;
      const at = firstClear(holder.shadow, this.space.offset, length, bit);
      return at === -1 ? null : holder.address + BigInt(at);
    }
    let found: bigint | null = null;
    this.space.walk(address, length, (region, offset, size) => {
      if (region.shadow === null || found !== null) return;
      const at = firstClear(region.shadow, offset, size, bit);
      if (at !== -1) found = region.address + BigInt(at);
    });
    return found;
  }

  isMapped(address: bigint, length: number): boolean {
    return this.space.holder(address, length) !== null || this.mappedLength(address, length) === length;
  }

  /** How many of the `length` bytes from `address` on are mapped. */
  mappedLength(address: bigint, length: number): number {
    return this.space.walk(address, length, () => {});
  }

  /** A copy of guest memory. @throws VmtbenchError `cpu.unmapped` */
  read(address: bigint, length: number): Uint8Array {
    const bytes = this.readUpTo(address, length);
    if (bytes.length !== length) throw unmapped(address, length);
    return bytes;
  }

  /** A copy of guest memory up to the first byte that is not mapped. */
  readUpTo(address: bigint, length: number): Uint8Array {
    const region = this.space.holder(address, length);
    if (region !== null) return region.bytes.slice(this.space.offset, this.space.offset + length);
    const parts: Uint8Array[] = [];
    this.space.walk(address, length, (r, at, size) => parts.push(r.bytes.subarray(at, at + size)));
    return new Uint8Array(Buffer.concat(parts));
  }

  /** Writes guest memory whatever its protection. @throws VmtbenchError `cpu.unmapped`, and then nothing is written. */
  write(address: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const region = this.space.holder(address, bytes.length);
    if (region !== null) {
      const { offset } = this.space;
      region.bytes.set(bytes, offset);
      this.#changed(region, offset, bytes.length);
      return;
    }
    this.#changePieces(address, bytes.length, (piece, offset, length, done) => {
      piece.bytes.set(bytes.subarray(done, done + length), offset);
    });
  }

  /** Writes `length` times the same byte. @throws VmtbenchError `cpu.unmapped`, and then nothing is written. */
  fill(address: bigint, length: number, byte: number): void {
    if (length === 0) return;
    const region = this.space.holder(address, length);
    if (region !== null) {
      const { offset } = this.space;
      region.bytes.fill(byte, offset, offset + length);
      this.#changed(region, offset, length);
      return;
    }
    this.#changePieces(address, length, (piece, offset, size) => piece.bytes.fill(byte, offset, offset + size));
  }

  /** A little endian number. @throws VmtbenchError `cpu.unmapped` */
  readUint(address: bigint, size: 1 | 2 | 4 | 8): bigint {
    const region = this.space.holder(address, size);
    if (region !== null) return uintAt(region.view, this.space.offset, size);
    const bytes = this.read(address, size);
    return uintAt(new DataView(bytes.buffer), 0, size);
  }

  /** Stores the low `size` bytes of a number. @throws VmtbenchError `cpu.unmapped` */
  writeUint(address: bigint, size: 1 | 2 | 4 | 8, value: bigint): void {
    word.setBigUint64(0, value, true);
    this.write(address, wordBytes[size]);
  }

  /** What follows from a change of bytes. */
  #changed(region: Region, offset: number, length: number): void {
    markDirty(region, offset, length);
    if (region.shadow !== null) markWritten(region.shadow, offset, length);
    this.#owner.wrote(region, offset, length);
  }

  /** Lets `change` write to each piece of a range that lies in several regions, and reports what follows from it. */
  #changePieces(
    address: bigint,
    length: number,
    change: (region: Region, offset: number, length: number, done: number) => void,
  ): void {
    if (!this.isMapped(address, length)) throw unmapped(address, length);
    this.space.walk(address, length, (region, offset, size, done) => {
      change(region, offset, size, done);
      this.#changed(region, offset, size);
    });
  }

  /** The bytes before the first NUL, `limit` at most. @throws VmtbenchError `cpu.unmapped` if memory ends before. */
  readCString(address: bigint, limit = 65536): Uint8Array {
    const region = this.space.holder(address, 1);
    if (region !== null) {
      const { bytes } = region;
      const { offset } = this.space;
      const end = endOfText(bytes, offset, Math.min(offset + limit, bytes.length));
      if (end !== -1) return bytes.slice(offset, end);
      if (offset + limit <= bytes.length) return bytes.slice(offset, offset + limit);
    }
    return this.#readCStringOverRegions(address, limit);
  }

  #readCStringOverRegions(address: bigint, limit: number): Uint8Array {
    let at = address;
    const parts: Uint8Array[] = [];
    for (let left = limit; left > 0; ) {
      const part = this.readUpTo(at, Math.min(left, 256));
      if (part.length === 0) throw unmapped(at, 1);
      const end = part.indexOf(0);
      parts.push(end === -1 ? part : part.subarray(0, end));
      if (end !== -1) break;
      at += BigInt(part.length);
      left -= part.length;
    }
    return new Uint8Array(Buffer.concat(parts));
  }
}

/** A number on its way into memory. */
const word = new DataView(new ArrayBuffer(8));
const wordBytes = {
  1: new Uint8Array(word.buffer, 0, 1),
  2: new Uint8Array(word.buffer, 0, 2),
  4: new Uint8Array(word.buffer, 0, 4),
  8: new Uint8Array(word.buffer, 0, 8),
};
