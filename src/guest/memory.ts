/** What the guest's room needs of a memory. cpu's `Machine` satisfies it. */
export interface GuestMemory {
  /** A copy. Throws a VmtbenchError with code `unmapped` unless all of it is mapped; so do the others. */
  read(address: bigint, length: number): Uint8Array;
  /** Ignores protection. */
  write(address: bigint, bytes: Uint8Array): void;
  /** `length` times the same byte. */
  fill(address: bigint, length: number, byte: number): void;
  readUint(address: bigint, size: 1 | 2 | 4 | 8): bigint;
  writeUint(address: bigint, size: 1 | 2 | 4 | 8, value: bigint): void;
  /** The bytes before the NUL, at most `limit` of them. */
  readCString(address: bigint, limit?: number): Uint8Array;
}

/** How a piece of guest memory may be used. */
export type Protection = 'r' | 'rw' | 'rx' | 'rwx';

export const PAGE_SIZE = 4096;

/** Rounds up to a multiple of `align`, a power of two. */
export function alignUp(value: bigint, align: number): bigint {
  const mask = BigInt(align) - 1n;
  return (value + mask) & ~mask;
}

export function alignDown(value: bigint, align: number): bigint {
  return value & ~(BigInt(align) - 1n);
}
