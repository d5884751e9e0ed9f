import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { enterLock, exitLock, isHeld } from '../common/locking.ts';
import type { NetBsdKernel } from './kernel.ts';

/** sys/rwlock.h */
const RW_READER = 0;

/** machine/intrdefs.h: interrupt levels. Below the second a soft interrupt is let in. */
export const IPL_SOFTCLOCK = 2;
const IPL_SOFTSERIAL = 5;
const IPL_VM = 6;

/** mutex(9), rwlock(9), condvar(9), spl(9), pserialize(9), psref(9). */
export const locks: StubTable<NetBsdKernel> = {
  mutex_init: stub('void', ['ptr', 'int', 'int'], (k, [mutex, , level]) => init(k, mutex, level)),
  mutex_destroy: destroy(),
  mutex_enter: stub('void', ['ptr'], (k, [mutex], { name }) => enterMutex(k, name, mutex)),
  mutex_spin_enter: stub('void', ['ptr'], (k, [mutex], { name }) => {
    if (!k.spinMutexes.has(mutex)) k.spinMutexes.set(mutex, IPL_VM);
    enterMutex(k, name, mutex);
  }),
  mutex_exit: stub('void', ['ptr'], (k, [mutex], { name }) => exitMutex(k, name, mutex)),
  mutex_spin_exit: stub('void', ['ptr'], (k, [mutex], { name }) => exitMutex(k, name, mutex)),
  mutex_tryenter: stub('int', ['ptr'], (k, [mutex]) => {
    if (isHeld(k, mutex)) return 0;
    enterMutex(k, 'mutex_tryenter', mutex);
    return 1;
  }),
  mutex_owned: stub('int', ['ptr'], (k, [mutex]) => Number(isHeld(k, mutex))),
  mutex_obj_alloc: stub('ptr', ['int', 'int'], (k, [, level]) => {
    const mutex = k.services.heap.allocate(64, true) ?? 0n;
    init(k, mutex, level);
    return mutex;
  }),
  mutex_obj_free: stub('int', ['ptr'], (k, [mutex]) => {
    k.locks.delete(mutex);
    k.services.heap.free(mutex);
    return 1;
  }),
  rw_init: stub('void', ['ptr'], (k, [lock]) => {
    k.locks.delete(lock);
  }),
  rw_destroy: destroy(),
  rw_enter: stub('void', ['ptr', 'int'], (k, [lock, how]) => enterLock(k, 'rw_enter', lock, how === RW_READER)),
  rw_exit: exit(),
  cv_init: stub('void', ['ptr', 'ptr'], () => {}),
  cv_destroy: nothing(),
  cv_signal: nothing(),
  cv_broadcast: nothing(),
  _kernel_lock: stub('void', ['int'], () => {}),
  _kernel_unlock: stub('void', ['int', 'ptr'], () => {}),
  splraise: stub('int', ['int'], (k, [level]) => k.spl.raise(level)),
  spllower: stub('void', ['int'], (k, [level]) => k.spl.set(level)),
  splx: stub('void', ['int'], (k, [level]) => k.spl.set(level)),
  pserialize_read_enter: stub('int', [], (k) => k.spl.raise(IPL_SOFTSERIAL)),
  pserialize_read_exit: stub('void', ['int'], (k, [level]) => k.spl.set(level)),
  psref_acquire: stub('void', ['ptr', 'ptr', 'ptr'], () => {}),
  psref_release: stub('void', ['ptr', 'ptr', 'ptr'], () => {}),
  curlwp_bind: stub('int', [], () => 0),
  curlwp_bindx: stub('void', ['int'], () => {}),
  ifa_acquire: stub('void', ['ptr', 'ptr'], () => {}),
  ifa_release: stub('void', ['ptr', 'ptr'], () => {}),
};

/** One for a hardware interrupt's level spins, and raises the level while it is held; all others sleep. */
function init(k: NetBsdKernel, mutex: bigint, level: number): void {
  k.locks.delete(mutex);
  k.spinMutexes.delete(mutex);
  if (level >= IPL_VM) k.spinMutexes.set(mutex, level);
}

export function enterMutex(k: NetBsdKernel, caller: string, mutex: bigint): void {
  enterLock(k, caller, mutex);
  const level = k.spinMutexes.get(mutex);
  if (level !== undefined) k.spl.take(mutex, level);
}

export function exitMutex(k: NetBsdKernel, caller: string, mutex: bigint): void {
  exitLock(k, caller, mutex);
  k.spl.giveBack(mutex);
}

function exit(): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], (k, [lock], call) => exitLock(k, call.name, lock));
}

function destroy(): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], (k, [lock], call) => {
    if (isHeld(k, lock)) k.panic(`${call.name}: lock 0x${lock.toString(16)} is held`);
  });
}

function nothing(): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], () => {});
}
