import { enterLock, exitLock, isHeld } from '../common/locking.ts';
import { type Stub, type StubTable, stub } from '../stub.ts';
import type { NetBsdKernel } from './kernel.ts';

/** sys/rwlock.h */
const RW_READER = 0;

/** mutex(9), rwlock(9), condvar(9), spl(9), pserialize(9), psref(9). */
export const locks: StubTable<NetBsdKernel> = {
  mutex_init: stub('void', ['ptr', 'int', 'int'], (k, [mutex]) => {
    k.locks.delete(mutex);
  }),
  mutex_destroy: destroy(),
  mutex_enter: enter(),
  mutex_spin_enter: enter(),
  mutex_exit: exit(),
  mutex_spin_exit: exit(),
  mutex_tryenter: stub('int', ['ptr'], (k, [mutex]) => {
    if (isHeld(k, mutex)) return 0;
    enterLock(k, 'mutex_tryenter', mutex);
    return 1;
  }),
  mutex_owned: stub('int', ['ptr'], (k, [mutex]) => Number(isHeld(k, mutex))),
  mutex_obj_alloc: stub('ptr', ['int', 'int'], (k) => k.services.heap.allocate(64, true) ?? 0n),
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
  splraise: stub('int', ['int'], () => 0),
  spllower: stub('void', ['int'], () => {}),
  splx: stub('void', ['int'], () => {}),
  pserialize_read_enter: stub('int', [], () => 0),
  pserialize_read_exit: stub('void', ['int'], () => {}),
  psref_acquire: stub('void', ['ptr', 'ptr', 'ptr'], () => {}),
  psref_release: stub('void', ['ptr', 'ptr', 'ptr'], () => {}),
  curlwp_bind: stub('int', [], () => 0),
  curlwp_bindx: stub('void', ['int'], () => {}),
  ifa_acquire: stub('void', ['ptr', 'ptr'], () => {}),
  ifa_release: stub('void', ['ptr', 'ptr'], () => {}),
};

function enter(): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], (k, [lock], call) => enterLock(k, call.name, lock));
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
