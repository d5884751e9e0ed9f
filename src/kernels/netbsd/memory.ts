import { format, type Stub, type StubTable, stub } from '../../guest/index.ts';
import { allocate, release } from '../common/heap-calls.ts';
import { maySleep } from '../common/sleeping.ts';
import type { NetBsdKernel } from './kernel.ts';

/** sys/kmem.h */
const KM_NOSLEEP = 2;
/** sys/malloc.h */
const M_NOWAIT = 0x1;
const M_ZERO = 0x8;
const M_CANFAIL = 0x20;

/** kmem(9), and malloc(9): three arguments up to NetBSD 6, kern_malloc after that. */
export const memory: StubTable<NetBsdKernel> = {
  kmem_alloc: kmemAlloc(false),
  kmem_zalloc: kmemAlloc(true),
  kmem_intr_alloc: kmemAlloc(false),
  kmem_intr_zalloc: kmemAlloc(true),
  kmem_free: kmemFree(),
  kmem_intr_free: kmemFree(),
  kmem_asprintf: stub('ptr', ['ptr'], (k, [text], call) => copyOf(k, format(k.memory, text, call.rest).bytes)),
  kmem_strdupsize: stub('ptr', ['ptr', 'ptr', 'int'], (k, [text, size]) => {
    const bytes = k.memory.readCString(text);
    if (size !== 0n) k.writeWord(size, BigInt(bytes.length + 1));
    return copyOf(k, bytes);
  }),
  kmem_strfree: stub('void', ['ptr'], (k, [text]) => {
    if (text !== 0n) release(k, 'kmem_strfree', text, null);
  }),
  malloc: stub('ptr', ['size', 'ptr', 'int'], (k, [size, , flags]) => malloc(k, size, flags)),
  free: stub('void', ['ptr', 'ptr'], (k, [address]) => {
    if (address !== 0n) release(k, 'free', address, null);
  }),
  kern_malloc: stub('ptr', ['size', 'int'], (k, [size, flags]) => malloc(k, size, flags)),
  kern_free: stub('void', ['ptr'], (k, [address]) => {
    if (address !== 0n) release(k, 'free', address, null);
  }),
};

function malloc(k: NetBsdKernel, size: number, flags: number): bigint {
  if ((flags & M_NOWAIT) === 0 && !maySleep(k, 'malloc')) return 0n;
  return allocate(k, size, (flags & M_ZERO) !== 0, (flags & (M_NOWAIT | M_CANFAIL)) !== 0);
}

function kmemAlloc(zero: boolean): Stub<NetBsdKernel> {
  return stub('ptr', ['size', 'int'], (k, [size, flags], { name }) => {
    if ((flags & KM_NOSLEEP) === 0 && !maySleep(k, name)) return 0n;
    if (size > 0) return allocate(k, size, zero, (flags & KM_NOSLEEP) !== 0);
    k.panic('kmem_alloc: size 0');
    return 0n;
  });
}

/** The caller knows the size, and it must be the one that was asked for. */
function kmemFree(): Stub<NetBsdKernel> {
  return stub('void', ['ptr', 'size'], (k, [address, size], call) => release(k, call.name, address, size));
}

function copyOf(k: NetBsdKernel, bytes: Uint8Array): bigint {
  const address = allocate(k, bytes.length + 1, true, false);
  if (address !== 0n) k.memory.write(address, bytes);
  return address;
}
