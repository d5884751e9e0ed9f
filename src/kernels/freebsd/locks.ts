import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { enterLock, exitLock, isHeld } from '../common/locking.ts';
import { maySleep } from '../common/sleeping.ts';
import type { FreeBsdKernel } from './kernel.ts';

/** sys/mutex.h: MTX_UNOWNED, and what it was until FreeBSD 11. */
const MTX_UNOWNED = 0n;
const MTX_UNOWNED_11 = 4n;

/**
 * mutex(9), sx(9) and rwlock(9). A mutex is known by the address of its lock word, which names the thread that holds it: kernel
 * code takes and gives it there without a call where nobody else has it.
 */
export const locks: StubTable<FreeBsdKernel> = {
  _mtx_init: stub('void', ['ptr', 'ptr', 'ptr', 'int'], (k, [word]) => initMutex(k, word)),
  mtx_init: stub('void', ['ptr', 'ptr', 'ptr', 'int'], (k, [mutex]) => initMutex(k, wordOf(k, mutex))),
  _mtx_destroy: stub('void', ['ptr'], (k, [word]) => destroyMutex(k, word)),
  mtx_destroy: stub('void', ['ptr'], (k, [mutex]) => destroyMutex(k, wordOf(k, mutex))),
  // Modules call these.
  __mtx_lock_flags: stub('void', ['ptr'], (k, [word]) => lockMutex(k, word)),
  __mtx_unlock_flags: stub('void', ['ptr'], (k, [word]) => unlockMutex(k, word)),
  _mtx_lock_flags: stub('void', ['ptr'], (k, [mutex]) => lockMutex(k, wordOf(k, mutex))),
  _mtx_unlock_flags: stub('void', ['ptr'], (k, [mutex]) => unlockMutex(k, wordOf(k, mutex))),
  // Kernel code does, where the word was not what it expected.
  __mtx_lock_sleep: stub('void', ['ptr'], (k, [word]) => lockMutex(k, word)),
  __mtx_unlock_sleep: stub('void', ['ptr'], (k, [word]) => unlockMutex(k, word)),
  __mtx_assert: stub('void', ['ptr', 'int'], () => {}),
  _mtx_assert: stub('void', ['ptr', 'int'], () => {}),
  __mtx_lock_spin_flags: stub('void', ['ptr'], (k, [word]) => lockSpin(k, word)),
  __mtx_unlock_spin_flags: stub('void', ['ptr'], (k, [word]) => unlockSpin(k, word)),
  _mtx_lock_spin_flags: stub('void', ['ptr'], (k, [mutex]) => lockSpin(k, wordOf(k, mutex))),
  _mtx_unlock_spin_flags: stub('void', ['ptr'], (k, [mutex]) => unlockSpin(k, wordOf(k, mutex))),
  // Kernel code has called spinlock_enter itself.
  _mtx_lock_spin_cookie: stub('void', ['ptr'], (k, [word]) => lockMutex(k, word)),
  _mtx_trylock_flags_: stub('int', ['ptr'], (k, [word]) => {
    if (!isFree(k, word)) return 0;
    lockMutex(k, word);
    return 1;
  }),
  critical_enter: critical(1),
  critical_exit: critical(-1),
  critical_enter_KBI: critical(1),
  critical_exit_KBI: critical(-1),
  spinlock_enter: critical(1),
  spinlock_exit: critical(-1),
  sx_init_flags: stub('void', ['ptr', 'ptr', 'int'], (k, [lock]) => {
    k.locks.delete(lock);
  }),
  sx_destroy: stub('void', ['ptr'], (k, [lock], call) => {
    if (isHeld(k, lock)) k.panic(`${call.name}: sx lock 0x${lock.toString(16)} still held`);
  }),
  _sx_xlock: sx((k, lock) => enterSleepLock(k, '_sx_xlock', lock)),
  _sx_slock: sx((k, lock) => enterSleepLock(k, '_sx_slock', lock, true)),
  _sx_slock_int: sx((k, lock) => enterSleepLock(k, '_sx_slock', lock, true)),
  _sx_xunlock: sx((k, lock) => exitLock(k, '_sx_xunlock', lock)),
  _sx_sunlock: sx((k, lock) => exitLock(k, '_sx_sunlock', lock)),
  _sx_sunlock_int: sx((k, lock) => exitLock(k, '_sx_sunlock', lock)),
  _rw_init_flags: stub('void', ['ptr', 'ptr', 'int'], (k, [word]) => {
    k.locks.delete(word);
    k.rwlocks.set(word, true);
  }),
  _rw_destroy: stub('void', ['ptr'], (k, [word], call) => {
    k.rwlocks.delete(word);
    if (isHeld(k, word)) k.panic(`${call.name}: rw lock 0x${word.toString(16)} still held`);
  }),
  _rw_wlock_cookie: sx((k, word) => enterLock(k, '_rw_wlock_cookie', word)),
  _rw_wunlock_cookie: sx((k, word) => exitLock(k, '_rw_wunlock_cookie', word)),
  __rw_rlock: sx((k, word) => enterLock(k, '__rw_rlock', word, true)),
  __rw_rlock_int: sx((k, word) => enterLock(k, '__rw_rlock', word, true)),
  _rw_runlock_cookie: sx((k, word) => exitLock(k, '_rw_runlock_cookie', word)),
  _rw_runlock_cookie_int: sx((k, word) => exitLock(k, '_rw_runlock_cookie', word)),
};

function critical(by: 1 | -1): Stub<FreeBsdKernel> {
  return stub('void', [], (k) => k.sections.count(by));
}

/** A mutex that spins keeps everything out while it is held. */
function lockSpin(k: FreeBsdKernel, word: bigint): void {
  k.sections.count(1);
  lockMutex(k, word);
}

function unlockSpin(k: FreeBsdKernel, word: bigint): void {
  unlockMutex(k, word);
  k.sections.count(-1);
}

/** An sx lock sleeps, as no mutex and no rw lock does: a callout must not take one. */
function enterSleepLock(k: FreeBsdKernel, caller: string, lock: bigint, shared = false): void {
  if (maySleep(k, caller)) enterLock(k, caller, lock, shared);
}

function sx(act: (k: FreeBsdKernel, lock: bigint) => void): Stub<FreeBsdKernel> {
  return stub('int', ['ptr'], (k, [lock]) => {
    act(k, lock);
    return 0;
  });
}

/** The lock word of a struct mtx, which begins as every struct lock_object does. */
export function wordOf(k: FreeBsdKernel, mutex: bigint): bigint {
  return mutex + BigInt(k.offsets.lockWord);
}

export function isFree(k: FreeBsdKernel, word: bigint): boolean {
  const owner = k.readWord(word);
  return owner === MTX_UNOWNED || owner === MTX_UNOWNED_11;
}

function initMutex(k: FreeBsdKernel, word: bigint): void {
  k.rwlocks.delete(word);
  k.writeWord(word, MTX_UNOWNED);
}

function destroyMutex(k: FreeBsdKernel, word: bigint): void {
  if (!isFree(k, word) && k.readWord(word) !== k.thread) k.panic(`mtx_destroy: 0x${word.toString(16)} is no mutex`);
}

/** A mutex that is held by nobody that a callout came in between would be waited for for ever. */
export function lockMutex(k: FreeBsdKernel, word: bigint): void {
  const free = (): boolean => isFree(k, word);
  if (free() || k.services.sleep(free)) k.writeWord(word, k.thread);
  else k.panic(`_mtx_lock_sleep: recursed on non-recursive mutex 0x${word.toString(16)}`);
}

export function unlockMutex(k: FreeBsdKernel, word: bigint): void {
  if (isFree(k, word)) k.panic(`mutex 0x${word.toString(16)} not owned`);
  else k.writeWord(word, MTX_UNOWNED);
}
