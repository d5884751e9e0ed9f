import type { MemoryAccess } from '../memory.ts';

/** Where a formatter takes its arguments from, in the order of the format string. */
export interface ArgumentSource {
  /** Bits of a slot: of a pointer and of `long`. */
  readonly wordBits: 32 | 64;
  /** The next slot, unsigned: an int (low 32 bits), a long or a pointer. */
  word(): bigint;
  /** The next 64-bit integer, unsigned: one slot on amd64, two on i386. */
  wide(): bigint;
}

/** Arguments one after the other in memory: i386 varargs, and the i386 va_list, which is a pointer to them. */
export class StackArguments implements ArgumentSource {
  readonly wordBits = 32;
  readonly #memory: MemoryAccess;
  #at: bigint;

  constructor(memory: MemoryAccess, address: bigint) {
    this.#memory = memory;
    this.#at = address;
  }

  word(): bigint {
    const value = this.#memory.readUint(this.#at, 4);
    this.#at += 4n;
    return value;
  }

  wide(): bigint {
    const low = this.word();
    return low | (this.word() << 32n);
  }
}

/** Bytes of the register save area that hold integer registers: six of eight bytes. */
const INTEGER_AREA = 48;

/**
 * The amd64 va_list (System V ABI, AMD64 supplement, 3.5.7): u32 gp_offset, u32 fp_offset, pointer to the overflow
 * area, pointer to the register save area. Read only: after a v*printf its contents are undefined.
 */
export class VaListAmd64 implements ArgumentSource {
  readonly wordBits = 64;
  readonly #memory: MemoryAccess;
  readonly #saved: bigint;
  #offset: number;
  #overflow: bigint;

  constructor(memory: MemoryAccess, address: bigint) {
    this.#memory = memory;
    this.#offset = Number(memory.readUint(address, 4));
    this.#overflow = memory.readUint(address + 8n, 8);
    this.#saved = memory.readUint(address + 16n, 8);
  }

  word(): bigint {
    if (this.#offset < INTEGER_AREA) {
      const value = this.#memory.readUint(this.#saved + BigInt(this.#offset), 8);
      this.#offset += 8;
      return value;
    }
    const value = this.#memory.readUint(this.#overflow, 8);
    this.#overflow += 8n;
    return value;
  }

  wide(): bigint {
    return this.word();
  }
}

/** The va_list at `address`, as a function with a va_list parameter gets it. */
export function vaList(memory: MemoryAccess, wordBits: 32 | 64, address: bigint): ArgumentSource {
  return wordBits === 64 ? new VaListAmd64(memory, address) : new StackArguments(memory, address);
}
