import { type StubTable, stub } from '../../guest/index.ts';
import { allocate, release } from '../common/heap-calls.ts';
import { maySleep } from '../common/sleeping.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sys/malloc.h */
const M_NOWAIT = 0x2;
const M_CANFAIL = 0x4;
const M_ZERO = 0x8;

/** The kernel's blocks are powers of two from 16 up; free(9) judges the caller's size by the block's. */
const SMALLEST_BLOCK = 16;

/** malloc(9). */
export const memory: StubTable<OpenBsdKernel> = {
  malloc: stub('ptr', ['size', 'int', 'int'], (k, [size, , flags]) => malloc(k, size, flags)),
  mallocarray: stub('ptr', ['size', 'size', 'int', 'int'], (k, [count, size, , flags]) => {
    return malloc(k, count * size, flags);
  }),
  free: stub('void', ['ptr', 'int', 'size'], (k, [address, , size]) => {
    if (address !== 0n) release(k, 'free', address, size, fitsBlock);
  }),
};

function malloc(k: OpenBsdKernel, size: number, flags: number): bigint {
  if ((flags & M_NOWAIT) === 0 && !maySleep(k, 'malloc')) return 0n;
  const mayFail = (flags & (M_NOWAIT | M_CANFAIL)) !== 0;
  return allocate(k, size, (flags & M_ZERO) !== 0, mayFail, 'malloc: out of space in kmem_map');
}

/** A size of 0 says nothing; any other has to lead to the block that it is. */
function fitsBlock(allocated: number, said: number): boolean {
  const block = Math.max(SMALLEST_BLOCK, 2 ** Math.ceil(Math.log2(Math.max(1, allocated))));
  return said === 0 || (said <= block && (block === SMALLEST_BLOCK || said > block / 2));
}
