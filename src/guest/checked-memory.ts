import { VmtbenchError } from '../errors.ts';
import { alignDown, type GuestMemory, PAGE_SIZE } from './memory.ts';

/** A stub, working for the guest, touched memory that is not there: the guest gave it a bad pointer. */
export class BadAccess extends Error {
  readonly address: bigint;
  readonly size: number;
  readonly write: boolean;

  constructor(address: bigint, size: number, write: boolean) {
    super(`${write ? 'write to' : 'read of'} unmapped memory at 0x${address.toString(16)}`);
    this.address = address;
    this.size = size;
    this.write = write;
  }
}

interface MappedMemory extends GuestMemory {
  isMapped(address: bigint, size: number): boolean;
}

/** Longest run of bytes that a stub moves in one go. */
const LENGTH_LIMIT = 1 << 30;

/**
 * Guest memory as stubs see it: what is not mapped becomes a {@link BadAccess}, which the caller turns into the
 * fault that the guest's own function would have had.
 */
export class CheckedMemory implements GuestMemory {
  readonly #memory: MappedMemory;

  constructor(memory: MappedMemory) {
    this.#memory = memory;
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
    try {
      return this.#memory.readCString(address, limit);
    } catch (error) {
      if (!(error instanceof VmtbenchError)) throw error;
      throw new BadAccess(this.#firstUnmapped(address, limit), 1, false);
    }
  }

  /** `length` times the same byte. */
  fill(address: bigint, length: number, byte: number): void {
    this.#check(address, length, true);
    this.#memory.write(address, new Uint8Array(length).fill(byte));
  }

  #check(address: bigint, length: number, write: boolean): void {
    if (length === 0) return;
    const mapped = length <= LENGTH_LIMIT && this.#memory.isMapped(address, length);
    if (!mapped) throw new BadAccess(this.#firstUnmapped(address, length), length, write);
  }

  #firstUnmapped(address: bigint, length: number): bigint {
    let at = address;
    const end = address + BigInt(Math.min(length, LENGTH_LIMIT));
    while (at < end && this.#memory.isMapped(at, 1)) at = alignDown(at, PAGE_SIZE) + BigInt(PAGE_SIZE);
    return at;
  }
}
