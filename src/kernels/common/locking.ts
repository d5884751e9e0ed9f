import type { BsdKernel } from './bsd-kernel.ts';

/** What `locks` holds for a lock with a writer. */
const WRITER = -1;

/**
 * Takes a lock for itself (or, shared, as one of several readers). A lock that is held was taken by the process that a
 * soft interrupt came in between, which then goes on until it lets go; or else by the same thread: waiting for it would
 * be for ever, and the kernel says so.
 */
export function enterLock(k: BsdKernel, caller: string, lock: bigint, shared = false): void {
  const held = (): number => k.locks.get(lock) ?? 0;
  const free = (): boolean => held() === 0 || (shared && held() !== WRITER);
  if (free() || k.services.sleep(free)) k.locks.set(lock, shared ? held() + 1 : WRITER);
  else k.panic(`${caller}: lock 0x${lock.toString(16)}: locking against myself`);
}

export function exitLock(k: BsdKernel, caller: string, lock: bigint): void {
  const held = k.locks.get(lock) ?? 0;
  if (held === 0) k.panic(`${caller}: lock 0x${lock.toString(16)} is not held`);
  else if (held <= 1) k.locks.delete(lock);
  else k.locks.set(lock, held - 1);
}

export function isHeld(k: BsdKernel, lock: bigint): boolean {
  return k.locks.has(lock);
}
