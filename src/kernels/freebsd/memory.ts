import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { allocate, release } from '../common/heap-calls.ts';
import { maySleep } from '../common/sleeping.ts';
import type { FreeBsdKernel } from './kernel.ts';

/** sys/malloc.h */
const M_NOWAIT = 0x1;
const M_ZERO = 0x100;

/** malloc(9). */
export const memory: StubTable<FreeBsdKernel> = {
  malloc: stub('ptr', ['size', 'ptr', 'int'], (k, [size, , flags]) => malloc(k, size, flags)),
  mallocarray: stub('ptr', ['size', 'size', 'ptr', 'int'], (k, [count, size, , flags]) => {
    return malloc(k, count * size, flags);
  }),
  realloc: stub('ptr', ['ptr', 'size', 'ptr', 'int'], (k, [address, size, , flags]) => {
    if (address === 0n) return malloc(k, size, flags);
    const had = k.services.heap.sizeOf(address);
    const fresh = had === null ? 0n : malloc(k, size, flags);
    if (fresh !== 0n) k.memory.write(fresh, k.memory.read(address, Math.min(had ?? 0, size)));
    if (fresh !== 0n || had === null) release(k, 'realloc', address, null);
    return fresh;
  }),
  strdup: stub('ptr', ['ptr', 'ptr'], (k, [text]) => {
    const bytes = k.memory.readCString(text);
    const address = malloc(k, bytes.length + 1, M_ZERO);
    if (address !== 0n) k.memory.write(address, bytes);
    return address;
  }),
  free: free(),
  zfree: free(),
};

function malloc(k: FreeBsdKernel, size: number, flags: number): bigint {
  if ((flags & M_NOWAIT) === 0 && !maySleep(k, 'malloc')) return 0n;
  return allocate(k, size, (flags & M_ZERO) !== 0, (flags & M_NOWAIT) !== 0);
}

function free(): Stub<FreeBsdKernel> {
  return stub('void', ['ptr', 'ptr'], (k, [address], call) => {
    if (address !== 0n) release(k, call.name, address, null);
  });
}
