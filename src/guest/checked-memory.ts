import type { Misuse } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import { alignDown, PAGE_SIZE } from '../memory.ts';
import type { HeapMemory } from './heap.ts';

/** A stub, working for the guest, touched memory that is not there: the guest gave it a bad pointer. */
export class BadAccess extends Error {
  readonly address: bigint;
  readonly size: number;
  readonly write: boolean;
  /** What the memory checker has against it; null: nothing is mapped there. */
  readonly misuse: Misuse | null;

  constructor(address: bigint, size: number, write: boolean, misuse: Misuse | null = null) {
    super(`${write ? 'write to' : 'read of'} unmapped memory at 0x${address.toString(16)}`);
    this.address = address;
    this.size = size;
    this.write = write;
    this.misuse = misuse;
  }
}

/** What cpu's `Machine` knows of memory. */
interface MappedMemory extends HeapMemory {
  isMapped(address: bigint, size: number): boolean;
  firstPoisoned(address: bigint, length: number): bigint | null;
  firstUnwritten(address: bigint, length: number): bigint | null;
  overruns(address: bigint, length: number): boolean;
  /** True: none of the four has anything against it. */
  permits(address: bigint, length: number, write: boolean): boolean;
  returnSlotIn(address: bigint, length: number): bigint | null;
}

/** Longest run of bytes that a stub moves in one go. */
const LENGTH_LIMIT = 1 << 30;

/**
 * Guest memory as stubs see it: what is not mapped becomes a {@link BadAccess}, which the caller turns into the
 * fault that the guest's own function would have had.
 */
export class CheckedMemory implements HeapMemory {
  readonly #memory: MappedMemory;
  readonly #isDynamic: (address: bigint) => boolean;

  /** @param isDynamic whether an address is on the stack or the heap. */
  constructor(memory: MappedMemory, isDynamic: (address: bigint) => boolean = () => false) {
    this.#memory = memory;
    this.#isDynamic = isDynamic;
  }

  /** The text that a printing function takes directives from. What lies on the stack or the heap is no constant. */
  checkFormat(address: bigint): void {
    if (this.#isDynamic(address)) throw new BadAccess(address, 1, false, 'format');
  }

  read(address: bigint, length: number): Uint8Array {
    this.#check(address, length, false);
    return this.#memory.read(address, length);
  }

  write(address: bigint, bytes: Uint8Array): void {
    this.#check(address, bytes.length, true);
    this.#memory.write(address, bytes);
  }

  readUint(address: bigint, size: 1 | 2 | 4 | 8): bigint {
    this.#check(address, size, false);
    return this.#memory.readUint(address, size);
  }

  writeUint(address: bigint, size: 1 | 2 | 4 | 8, value: bigint): void {
    this.#check(address, size, true);
    this.#memory.writeUint(address, size, value);
  }

  readCString(address: bigint, limit = 65536): Uint8Array {
    const text = this.#readCString(address, limit);
    const length = Math.min(text.length + 1, limit);
    if (!this.#memory.permits(address, length, false)) this.#checkPoison(address, length, false);
    const unwritten = this.#memory.firstUnwritten(address, length);
    if (unwritten !== null) throw new BadAccess(unwritten, 1, false, 'readUnwritten');
    return text;
  }

  #readCString(address: bigint, limit: number): Uint8Array {
    try {
      return this.#memory.readCString(address, limit);
    } catch (error) {
      if (!(error instanceof VmtbenchError)) throw error;
      throw new BadAccess(this.#firstUnmapped(address, limit), 1, false);
    }
  }

  allow(address: bigint, length: number, written: boolean): void {
    this.#memory.allow(address, length, written);
  }

  poison(address: bigint, length: number): void {
    this.#memory.poison(address, length);
  }

  fill(address: bigint, length: number, byte: number): void {
    this.#check(address, length, true);
    this.#memory.fill(address, length, byte);
  }

  #check(address: bigint, length: number, write: boolean): void {
    if (length === 0 || this.#memory.permits(address, length, write)) return;
    const mapped = length <= LENGTH_LIMIT && this.#memory.isMapped(address, length);
    if (!mapped) throw new BadAccess(this.#firstUnmapped(address, length), length, write);
    this.#checkPoison(address, length, write);
    const slot = write ? this.#memory.returnSlotIn(address, length) : null;
    if (slot !== null) throw new BadAccess(slot, length, true, 'writeReturnAddress');
  }

  /** Poison, or an object that the bytes begin in and do not end in. */
  #checkPoison(address: bigint, length: number, write: boolean): void {
    if (this.#memory.overruns(address, length)) {
      throw new BadAccess(address, length, write, write ? 'writeOverrun' : 'readOverrun');
    }
    const poisoned = this.#memory.firstPoisoned(address, length);
    if (poisoned === null) return;
    throw new BadAccess(poisoned, length, write, write ? 'writePoison' : 'readPoison');
  }

  #firstUnmapped(address: bigint, length: number): bigint {
    let at = address;
    const end = address + BigInt(Math.min(length, LENGTH_LIMIT));
    while (at < end && this.#memory.isMapped(at, 1)) at = alignDown(at, PAGE_SIZE) + BigInt(PAGE_SIZE);
    return at;
  }
}
