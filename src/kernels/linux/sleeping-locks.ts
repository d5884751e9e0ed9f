import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { sleeping } from '../common/sleeping.ts';
import type { LinuxKernel } from './kernel.ts';

/** What `sleepingLocks` holds for a lock with a writer. */
const WRITER = -1;

/**
 * Waits for a lock. One process runs at a time, and no timer may take these locks: one that is held was left so by a
 * call that is over. Where the object gives locks back by inlined code, nothing sees it do so.
 */
function enter(k: LinuxKernel, lock: bigint, caller: string, shared: boolean): void {
  const held = k.sleepingLocks.get(lock) ?? 0;
  if (held === 0 || (shared && held !== WRITER)) keep(k, lock, shared);
  else k.panic(`${caller}: lock 0x${lock.toString(16)} was never given back: the process waits for ever`);
}

function keep(k: LinuxKernel, lock: bigint, shared: boolean): void {
  if (!k.seesSleepingUnlock) return;
  k.sleepingLocks.set(lock, shared ? (k.sleepingLocks.get(lock) ?? 0) + 1 : WRITER);
}

function leave(k: LinuxKernel, lock: bigint): void {
  const held = k.sleepingLocks.get(lock) ?? 0;
  if (held > 1) k.sleepingLocks.set(lock, held - 1);
  else k.sleepingLocks.delete(lock);
}

function table(names: readonly string[], make: () => Stub<LinuxKernel>): StubTable<LinuxKernel> {
  return Object.fromEntries(names.map((name) => [name, make()]));
}

const taking = (shared: boolean, ...names: readonly string[]): StubTable<LinuxKernel> =>
  table(names, () =>
    stub('int', ['ptr'], (k, [lock], { name }) => {
      enter(k, lock, name, shared);
      return 0;
    }),
  );

const trying = (shared: boolean, ...names: readonly string[]): StubTable<LinuxKernel> =>
  table(names, () =>
    stub('int', ['ptr'], (k, [lock]) => {
      const held = k.sleepingLocks.get(lock) ?? 0;
      if (held !== 0 && (!shared || held === WRITER)) return 0;
      keep(k, lock, shared);
      return 1;
    }),
  );

const leaving = (...names: readonly string[]): StubTable<LinuxKernel> =>
  table(names, () => stub('void', ['ptr'], (k, [lock]) => leave(k, lock)));

/** A lock that begins, or ends: its memory may have held another one. */
const fresh = (...names: readonly string[]): StubTable<LinuxKernel> =>
  table(names, () =>
    stub('void', ['ptr'], (k, [lock]) => {
      k.sleepingLocks.delete(lock);
    }),
  );

/** Functions that give these locks back: an object without them has inlined code for it. */
export const SLEEPING_UNLOCKS: readonly string[] = ['mutex_unlock', 'up_read', 'up_write'];

/** Mutexes and read-write semaphores. */
export const sleepingLocks: StubTable<LinuxKernel> = {
  ...sleeping({
    ...taking(
      false,
      'mutex_lock',
      'mutex_lock_nested',
      'mutex_lock_interruptible',
      'mutex_lock_killable',
      'down_write',
    ),
    ...taking(true, 'down_read'),
  }),
  ...trying(false, 'mutex_trylock', 'down_write_trylock'),
  ...trying(true, 'down_read_trylock'),
  ...leaving(...SLEEPING_UNLOCKS),
  ...fresh('__mutex_init', 'mutex_destroy', '__init_rwsem'),
};
