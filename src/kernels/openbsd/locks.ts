import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sys/rwlock.h */
const RW_WRITE = 1;
const RW_READ = 2;
const RW_OPMASK = 7;

/** machine/intr.h: the level at which everything is let in, and the lowest above it, of timeouts. */
export const IPL_NONE = 0;
const IPL_SOFTCLOCK = 1;

/** What `locks` holds for a lock with a writer. */
const WRITER = -1;

/**
 * rwlock(9), mutex(9) and spl(9). One thread at a time runs here, so a lock that is held was taken by the same
 * thread, or by the one that a soft interrupt came in between, which has to end first: waiting for it would be for
 * ever, and the kernel says so.
 */
export const locks: StubTable<OpenBsdKernel> = {
  rw_enter: stub('int', ['ptr', 'int'], (k, [lock, flags]) => {
    enter(k, lock, (flags & RW_OPMASK) === RW_WRITE ? RW_WRITE : RW_READ);
    return 0;
  }),
  rw_enter_read: stub('void', ['ptr'], (k, [lock]) => enter(k, lock, RW_READ)),
  rw_enter_write: stub('void', ['ptr'], (k, [lock]) => enter(k, lock, RW_WRITE)),
  rw_exit: stub('void', ['ptr'], (k, [lock]) => exit(k, lock)),
  rw_exit_read: stub('void', ['ptr'], (k, [lock]) => exit(k, lock)),
  rw_exit_write: stub('void', ['ptr'], (k, [lock]) => exit(k, lock)),
  rw_status: stub('int', ['ptr'], (k, [lock]) => {
    const held = k.locks.get(lock) ?? 0;
    return held === WRITER ? RW_WRITE : held > 0 ? RW_READ : 0;
  }),
  _rw_init_flags: stub('void', ['ptr', 'ptr', 'int', 'ptr'], (k, [lock]) => {
    k.locks.delete(lock);
  }),
  mtx_enter: stub('void', ['ptr'], (k, [mutex]) => enterMutex(k, mutex)),
  mtx_enter_try: stub('int', ['ptr'], (k, [mutex]) => {
    if ((k.locks.get(mutex) ?? 0) !== 0) return 0;
    enterMutex(k, mutex);
    return 1;
  }),
  mtx_leave: stub('void', ['ptr'], (k, [mutex]) => {
    exit(k, mutex);
    k.spl.giveBack(mutex);
  }),
  __mtx_init: stub('void', ['ptr', 'int'], (k, [mutex, level]) => {
    k.locks.delete(mutex);
    k.mutexes.set(mutex, level);
  }),
  _kernel_lock: nothing(),
  _kernel_unlock: nothing(),
  splraise: stub('int', ['int'], (k, [level]) => k.spl.raise(level)),
  spllower: stub('int', ['int'], (k, [level]) => k.spl.set(level)),
  splx: stub('void', ['int'], (k, [level]) => k.spl.set(level)),
};

function nothing(): Stub<OpenBsdKernel> {
  return stub('void', [], () => {});
}

/** One that nobody has initialised here, but a static initializer, is taken for one that keeps soft interrupts out. */
function enterMutex(k: OpenBsdKernel, mutex: bigint): void {
  enter(k, mutex, RW_WRITE);
  k.spl.take(mutex, k.mutexes.get(mutex) ?? IPL_SOFTCLOCK);
}

function enter(k: OpenBsdKernel, lock: bigint, how: number): void {
  const held = k.locks.get(lock) ?? 0;
  if (held === WRITER || (how === RW_WRITE && held > 0)) {
    k.panic(`rw_enter: lock 0x${lock.toString(16)} locking against myself`);
    return;
  }
  k.locks.set(lock, how === RW_WRITE ? WRITER : held + 1);
}

function exit(k: OpenBsdKernel, lock: bigint): void {
  const held = k.locks.get(lock) ?? 0;
  if (held === 0) k.panic(`rw_exit: lock 0x${lock.toString(16)} is not held`);
  else if (held <= 1) k.locks.delete(lock);
  else k.locks.set(lock, held - 1);
}
