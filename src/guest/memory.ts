/** What the guest's room needs of a memory. cpu's `Machine` satisfies it. */
export interface MemoryAccess {
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
