import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { enterLock, exitLock, isHeld, WRITER } from '../common/locking.ts';
import { maySleep } from '../common/sleeping.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sys/rwlock.h */
const RW_WRITE = 1;
const RW_READ = 2;
const RW_OPMASK = 7;
const RW_NOSLEEP = 0x40;

/** machine/intr.h: the level at which everything is let in, and the lowest above it, of timeouts. */
export const IPL_NONE = 0;
const IPL_SOFTCLOCK = 1;

/**
 * rwlock(9), mutex(9) and spl(9). One thread at a time runs here, so a lock that is held was taken by the same
 * thread, or by the one that a soft interrupt came in between, which has to end first: waiting for it would be for
 * ever, and the kernel says so.
 */
export const locks: StubTable<OpenBsdKernel> = {
  rw_enter: stub('int', ['ptr', 'int'], (k, [lock, flags]) => {
    const shared = (flags & RW_OPMASK) !== RW_WRITE;
    if ((flags & RW_NOSLEEP) !== 0) enterLock(k, 'rw_enter', lock, shared);
    else enterSleepLock(k, lock, shared);
    return 0;
  }),
  rw_enter_read: stub('void', ['ptr'], (k, [lock]) => enterSleepLock(k, lock, true)),
  rw_enter_write: stub('void', ['ptr'], (k, [lock]) => enterSleepLock(k, lock, false)),
  rw_exit: stub('void', ['ptr'], (k, [lock]) => exitLock(k, 'rw_exit', lock)),
  rw_exit_read: stub('void', ['ptr'], (k, [lock]) => exitLock(k, 'rw_exit', lock)),
  rw_exit_write: stub('void', ['ptr'], (k, [lock]) => exitLock(k, 'rw_exit', lock)),
  rw_status: stub('int', ['ptr'], (k, [lock]) => {
    const held = k.locks.get(lock) ?? 0;
    return held === WRITER ? RW_WRITE : held > 0 ? RW_READ : 0;
  }),
  _rw_init_flags: stub('void', ['ptr', 'ptr', 'int', 'ptr'], (k, [lock]) => {
    k.locks.delete(lock);
  }),
  mtx_enter: stub('void', ['ptr'], (k, [mutex]) => enterMutex(k, mutex)),
  mtx_enter_try: stub('int', ['ptr'], (k, [mutex]) => {
    if (isHeld(k, mutex)) return 0;
    enterMutex(k, mutex);
    return 1;
  }),
  mtx_leave: stub('void', ['ptr'], (k, [mutex]) => {
    exitLock(k, 'rw_exit', mutex);
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

function enterSleepLock(k: OpenBsdKernel, lock: bigint, shared: boolean): void {
  if (maySleep(k, 'rw_enter')) enterLock(k, 'rw_enter', lock, shared);
}

/** One that nobody has initialised here, but a static initializer, is taken for one that keeps soft interrupts out. */
function enterMutex(k: OpenBsdKernel, mutex: bigint): void {
  enterLock(k, 'rw_enter', mutex);
  k.spl.take(mutex, k.mutexes.get(mutex) ?? IPL_SOFTCLOCK);
}
