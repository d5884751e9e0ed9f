import { type StubTable, stub } from '../../guest/index.ts';
import { EINVAL, type UserProcess } from './process.ts';

/** malloc(3) and its kin, strdup(3), and the glib ones that end in the same. */
export const memory: StubTable<UserProcess> = {
  malloc: stub('ptr', ['size'], (p, [size]) => p.allocate(size)),
  calloc: stub('ptr', ['size', 'size'], (p, [count, size]) => p.allocate(count * size, true)),
  realloc: stub('ptr', ['ptr', 'size'], (p, [address, size]) => reallocate(p, address, size)),
  memalign: stub('ptr', ['size', 'size'], (p, [align, size]) => {
    if (align <= 16) return p.allocate(size);
    p.setErrno(EINVAL);
    return 0n;
  }),
  free: stub('void', ['ptr'], (p, [address]) => p.release(address)),
  strdup: stub('ptr', ['ptr'], (p, [text]) => p.copyOf(terminated(p.memory.readCString(text)))),
  strndup: stub('ptr', ['ptr', 'size'], (p, [text, limit]) => {
    return p.copyOf(terminated(p.memory.readCString(text, Math.min(limit, 1 << 20))));
  }),
  __memcpy_chk: stub('ptr', ['ptr', 'ptr', 'size', 'size'], (p, [to, from, size, room]) => {
    if (size > room) p.panic('buffer overflow detected');
    else p.memory.write(to, p.memory.read(from, size));
    return to;
  }),
  g_malloc: stub('ptr', ['size'], (p, [size]) => (size === 0 ? 0n : p.allocate(size))),
  g_malloc0: stub('ptr', ['size'], (p, [size]) => (size === 0 ? 0n : p.allocate(size, true))),
  g_realloc: stub('ptr', ['ptr', 'size'], (p, [address, size]) => reallocate(p, address, size)),
  g_free: stub('void', ['ptr'], (p, [address]) => p.release(address)),
  g_strdup: stub('ptr', ['ptr'], (p, [text]) => {
    return text === 0n ? 0n : p.copyOf(terminated(p.memory.readCString(text)));
  }),
};

function reallocate(p: UserProcess, address: bigint, size: number): bigint {
  if (address === 0n) return p.allocate(size);
  const had = p.services.heap.sizeOf(address);
  if (had === null) {
    p.release(address); // reports what is wrong with it
    return 0n;
  }
  if (size === 0) {
    p.release(address);
    return 0n;
  }
  const fresh = p.allocate(size);
  if (fresh === 0n) return 0n;
  p.memory.write(fresh, p.memory.read(address, Math.min(had, size)));
  p.release(address);
  return fresh;
}

export function terminated(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 1);
  result.set(bytes);
  return result;
}
