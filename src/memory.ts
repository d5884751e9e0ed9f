/** Basics of memory that every room shares. */

/** How a piece of guest memory may be used; the names are the bits of a page table. */
export type Protection = 'r' | 'rw' | 'rx' | 'rwx';

/** Bytes of a page. */
export const PAGE_SIZE = 4096;

/** Rounds up to a multiple of `align`, a power of two. */
export function alignUp(value: bigint, align: number): bigint {
  const mask = BigInt(align) - 1n;
  return (value + mask) & ~mask;
}

/** Rounds down to a multiple of `align`, a power of two. */
export function alignDown(value: bigint, align: number): bigint {
  return value & ~(BigInt(align) - 1n);
}
