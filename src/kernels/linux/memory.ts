import { type Stub, type StubTable, stub, variadic } from '../../guest/index.ts';
import { argumentsAt, formatBytes } from '../common/formatting.ts';
import { giveBack } from '../common/heap-calls.ts';
import { maySleep } from '../common/sleeping.ts';
import type { LinuxKernel } from './kernel.ts';

/** include/linux/gfp_types.h */
const GFP_ZERO = 0x100;
/** ___GFP_DIRECT_RECLAIM: the caller may sleep. GFP_KERNEL has it, GFP_ATOMIC and GFP_NOWAIT have not. */
const GFP_SLEEPS = 0x400;
/** What kmalloc(0) gives: no memory, and no failure. */
const ZERO_SIZE_PTR = 16n;
/** Longest string that a duplicating function reads, bytes. */
const STRING_LIMIT = 1 << 20;

function allocate(k: LinuxKernel, size: number, flags: number): bigint {
  if ((flags & GFP_SLEEPS) !== 0 && !maySleep(k, 'kmalloc')) return 0n;
  if (size === 0) return ZERO_SIZE_PTR;
  return k.services.heap.allocate(size, (flags & GFP_ZERO) !== 0) ?? 0n;
}

function release(k: LinuxKernel, name: string, address: bigint): void {
  if (address > ZERO_SIZE_PTR) giveBack(k.services, name, address);
}

/** Bytes in an allocation of their own. */
function duplicate(k: LinuxKernel, bytes: Uint8Array, terminate: boolean): bigint {
  const copy = new Uint8Array(bytes.length + Number(terminate));
  copy.set(bytes);
  const address = allocate(k, copy.length, 0);
  if (address > ZERO_SIZE_PTR) k.memory.write(address, copy);
  return address;
}

function reallocate(k: LinuxKernel, address: bigint, size: number, flags: number): bigint {
  if (address <= ZERO_SIZE_PTR) return allocate(k, size, flags);
  const had = k.services.heap.sizeOf(address);
  const fresh = had === null || size === 0 ? ZERO_SIZE_PTR : allocate(k, size, flags);
  if (had !== null && fresh > ZERO_SIZE_PTR) k.memory.write(fresh, k.memory.read(address, Math.min(had, size)));
  if (fresh !== 0n) release(k, 'krealloc', address);
  return fresh;
}

const sizeFlags = (): Stub<LinuxKernel> =>
  stub('ptr', ['size', 'uint'], (k, [size, flags]) => allocate(k, size, flags));
const cacheFlagsSize = (): Stub<LinuxKernel> =>
  stub('ptr', ['ptr', 'uint', 'size'], (k, [, flags, size]) => allocate(k, size, flags));
const cacheFlagsNodeSize = (): Stub<LinuxKernel> =>
  stub('ptr', ['ptr', 'uint', 'int', 'size'], (k, [, flags, , size]) => allocate(k, size, flags));
const freeing = (name: string): Stub<LinuxKernel> => stub('void', ['ptr'], (k, [address]) => release(k, name, address));

/** kmalloc(9) and vmalloc(9), by the names of Linux 4 to 6.12. */
export const memory: StubTable<LinuxKernel> = {
  __kmalloc: sizeFlags(),
  __kmalloc_noprof: sizeFlags(),
  kmalloc_large: sizeFlags(),
  kvmalloc_node: sizeFlags(),
  __kmalloc_node: sizeFlags(),
  __kmalloc_node_track_caller: sizeFlags(),
  kmalloc_order: sizeFlags(),
  kmalloc_trace: cacheFlagsSize(),
  kmem_cache_alloc_trace: cacheFlagsSize(),
  __kmalloc_cache_noprof: cacheFlagsSize(),
  kmalloc_node_trace: cacheFlagsNodeSize(),
  vmalloc: stub('ptr', ['size'], (k, [size]) => allocate(k, size, GFP_SLEEPS)),
  vzalloc: stub('ptr', ['size'], (k, [size]) => allocate(k, size, GFP_ZERO | GFP_SLEEPS)),
  devm_kmalloc: stub('ptr', ['ptr', 'size', 'uint'], (k, [, size, flags]) => allocate(k, size, flags)),
  krealloc: stub('ptr', ['ptr', 'size', 'uint'], (k, [address, size, flags]) => reallocate(k, address, size, flags)),
  kfree: freeing('kfree'),
  kvfree: freeing('kvfree'),
  vfree: freeing('vfree'),
  kfree_sensitive: freeing('kfree_sensitive'),
  devm_kfree: stub('void', ['ptr', 'ptr'], (k, [, address]) => release(k, 'devm_kfree', address)),
  kmemdup: stub('ptr', ['ptr', 'size', 'uint'], (k, [from, size]) => duplicate(k, k.memory.read(from, size), false)),
  kstrdup: stub('ptr', ['ptr', 'uint'], (k, [text]) => {
    return text === 0n ? 0n : duplicate(k, k.memory.readCString(text, STRING_LIMIT), true);
  }),
  kstrndup: stub('ptr', ['ptr', 'size', 'uint'], (k, [text, limit]) => {
    return text === 0n ? 0n : duplicate(k, k.memory.readCString(text, Math.min(limit, STRING_LIMIT)), true);
  }),
  kasprintf: variadic('ptr', ['uint', 'ptr'], (k, [, text], call) => {
    return duplicate(k, formatBytes(k, text, call.rest).bytes, true);
  }),
  kvasprintf: stub('ptr', ['uint', 'ptr', 'ptr'], (k, [, text, list]) => {
    return duplicate(k, formatBytes(k, text, argumentsAt(k, list)).bytes, true);
  }),
  memdup_user: stub('ptr', ['ptr', 'size'], (k, [from, size]) => duplicate(k, k.memory.read(from, size), false)),
  _copy_from_user: stub('ulong', ['ptr', 'ptr', 'ulong'], (k, [to, from, size]) => copy(k, to, from, size)),
  _copy_to_user: stub('ulong', ['ptr', 'ptr', 'ulong'], (k, [to, from, size]) => copy(k, to, from, size)),
  strncpy_from_user: stub('long', ['ptr', 'ptr', 'long'], (k, [to, from, room]) => {
    const bytes = k.memory.readCString(from, Math.max(0, Math.min(Number(room), STRING_LIMIT)));
    k.memory.write(to, bytes);
    if (BigInt(bytes.length) < room) k.memory.fill(to + BigInt(bytes.length), 1, 0);
    return bytes.length;
  }),
};

/** A process's memory is the same as everybody's here. */
function copy(k: LinuxKernel, to: bigint, from: bigint, size: bigint): bigint {
  k.memory.write(to, k.memory.read(from, Number(size)));
  return 0n;
}

const pageOut = (k: LinuxKernel, order: number): bigint => k.pages.allocate(order) ?? 0n;

function pageIn(k: LinuxKernel, page: bigint, order: number): void {
  if (k.pages.release(page, order)) return;
  const message = `__free_pages: 0x${page.toString(16)} is no page that was given out`;
  k.services.fail({ kind: 'memory', address: page, message });
}

/** Whole pages. */
export const pages: StubTable<LinuxKernel> = {
  alloc_pages: stub('ptr', ['uint', 'uint'], (k, [, order]) => pageOut(k, order)),
  __alloc_pages: stub('ptr', ['uint', 'uint', 'int', 'ptr'], (k, [, order]) => pageOut(k, order)),
  __get_free_pages: stub('ptr', ['uint', 'uint'], (k, [flags, order]) => {
    const page = k.pages.allocate(order);
    if (page === null) return 0n;
    const address = k.pages.addressOf(page);
    if ((flags & GFP_ZERO) !== 0) k.memory.fill(address, 4096 * 2 ** order, 0);
    return address;
  }),
  get_zeroed_page: stub('ptr', ['uint'], (k) => {
    const page = k.pages.allocate(0);
    if (page === null) return 0n;
    k.memory.fill(k.pages.addressOf(page), 4096, 0);
    return k.pages.addressOf(page);
  }),
  page_address: stub('ptr', ['ptr'], (k, [page]) => k.pages.addressOf(page)),
  __free_pages: stub('void', ['ptr', 'uint'], (k, [page, order]) => pageIn(k, page, order)),
  __folio_put: stub('void', ['ptr'], (k, [page]) => pageIn(k, page, 0)),
  free_pages: stub('void', ['ptr', 'uint'], (k, [address, order]) => {
    if (address !== 0n) pageIn(k, k.pages.structOf(address), order);
  }),
};
