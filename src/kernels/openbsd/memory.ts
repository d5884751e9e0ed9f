import { type StubTable, stub } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sys/malloc.h */
const M_NOWAIT = 0x2;
const M_CANFAIL = 0x4;
const M_ZERO = 0x8;

/** The kernel's blocks are powers of two from 16 up; free(9) judges the caller's size by the block's. */
const SMALLEST_BLOCK = 16;

/** malloc(9). */
export const memory: StubTable<OpenBsdKernel> = {
  malloc: stub('ptr', ['size', 'int', 'int'], (k, [size, , flags]) => allocate(k, size, flags)),
  mallocarray: stub('ptr', ['size', 'size', 'int', 'int'], (k, [count, size, , flags]) => {
    return allocate(k, count * size, flags);
  }),
  free: stub('void', ['ptr', 'int', 'size'], (k, [address, , size]) => release(k, address, size)),
};

function allocate(k: OpenBsdKernel, size: number, flags: number): bigint {
  const address = k.services.heap.allocate(size, (flags & M_ZERO) !== 0);
  if (address !== null) return address;
  if ((flags & (M_NOWAIT | M_CANFAIL)) === 0) k.panic('malloc: out of space in kmem_map');
  return 0n;
}

function release(k: OpenBsdKernel, address: bigint, size: number): void {
  if (address === 0n) return;
  const { heap } = k.services;
  const allocated = heap.sizeOf(address);
  const result = heap.free(address);
  const where = `0x${address.toString(16)}`;
  if (result === 'double') k.services.fail({ kind: 'memory', address, message: `free: ${where} is free already` });
  if (result === 'bad') k.services.fail({ kind: 'memory', address, message: `free: ${where} was not allocated` });
  if (allocated === null || size === 0) return;
  const block = Math.max(SMALLEST_BLOCK, 2 ** Math.ceil(Math.log2(Math.max(1, allocated))));
  if (size > block || (block > SMALLEST_BLOCK && size <= block / 2)) {
    const message = `free: ${where} has ${allocated} bytes, the caller says ${size}`;
    k.services.fail({ kind: 'memory', address, message });
  }
}
