import { INTERRUPT_FLAG } from '../../cpu/index.ts';
import { type ParameterType, type Stub, type StubTable, stub, variadic } from '../../guest/index.ts';
import { sleeping } from '../common/sleeping.ts';
import type { LinuxKernel } from './kernel.ts';

/** Functions that have nothing to do here. */
export function quiet(...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () => stub('void', [], () => {}));
}

/** Functions with `...` that have nothing to do here. */
export function quietVariadic(...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () => variadic('void', ['ptr'], () => {}));
}

/** Functions that always give the same. */
export function constant(value: number | bigint, ...names: readonly string[]): StubTable<LinuxKernel> {
  const result: ParameterType = typeof value === 'bigint' ? 'ulong' : 'int';
  return table(names, () => stub<LinuxKernel, [], typeof result>(result, [], () => value));
}

function table(names: readonly string[], make: () => Stub<LinuxKernel>): StubTable<LinuxKernel> {
  return Object.fromEntries(names.map((name) => [name, make()]));
}

/** The flags that a spinlock saves: X86_EFLAGS_IF and the bit that is always set. */
const FLAGS = INTERRUPT_FLAG | 0x2n;
/** SOFTIRQ_LOCK_OFFSET: what a lock with _bh adds to the preemption counter (include/linux/preempt.h). */
const BOTTOM_HALF = 0x200;

type Kept = 'bh' | 'irq';

/** How bottom halves are kept out, and let in again. */
const KEEP: Readonly<Record<Kept, (k: LinuxKernel, out: boolean) => void>> = {
  bh: (k, out) => k.perCpu.count(out ? BOTTOM_HALF : -BOTTOM_HALF),
  irq: (k, out) => k.services.setInterrupts(!out),
};

/** Nobody else lets go of a lock that the process holds which this came in between: it spins for ever. */
function take(k: LinuxKernel, lock: bigint, caller: string): void {
  if (!k.between || !k.spinning.has(lock)) return;
  k.panic(`${caller}: the process that this came in between holds lock 0x${lock.toString(16)}`);
}

/** Locks that keep bottom halves out while they are held. */
function shut(how: Kept, ...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () =>
    stub('void', ['ptr'], (k, [lock], { name }) => {
      KEEP[how](k, true);
      take(k, lock, name);
    }),
  );
}

function open(how: Kept, ...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () => stub('void', ['ptr'], (k) => KEEP[how](k, false)));
}

/** Locks that give what the flags were. */
function saving(...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () =>
    stub('ulong', ['ptr'], (k, [lock], { name }) => {
      const before = k.services.setInterrupts(false);
      take(k, lock, name);
      return before ? FLAGS : FLAGS & ~INTERRUPT_FLAG;
    }),
  );
}

function restoring(...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () =>
    stub('void', ['ptr', 'ulong'], (k, [, flags]) => k.services.setInterrupts((flags & INTERRUPT_FLAG) !== 0n)),
  );
}

/** Locks that keep no timer out: a timer that preempts their holder must not take them. */
function plain(...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () =>
    stub('void', ['ptr'], (k, [lock], { name }) => {
      take(k, lock, name);
      hold(k, lock);
    }),
  );
}

/** Where the object gives locks back by inlined code, nobody sees it do so. */
function hold(k: LinuxKernel, lock: bigint): void {
  if (k.seesUnlock) k.spinning.set(lock, true);
}

function leave(...names: readonly string[]): StubTable<LinuxKernel> {
  return table(names, () =>
    stub('void', ['ptr'], (k, [lock]) => {
      k.spinning.delete(lock);
    }),
  );
}

/**
 * One thread at a time runs here: a lock is free, unless the preempted process holds it. What
 * disables interrupts or bottom halves with it keeps timers out, by the processor's flag or the preemption counter, as
 * inlined code does; a plain spinlock does not. `sleeping-locks.ts` has those that sleep.
 */
export const locks: StubTable<LinuxKernel> = {
  ...sleeping({
    ...quiet('down'),
    ...quiet('synchronize_rcu', 'schedule', 'wait_for_completion'),
    ...constant(0, 'down_interruptible', 'down_timeout'),
    ...constant(0, 'ww_mutex_lock', 'ww_mutex_lock_interruptible'),
  }),
  ...quiet('__raw_spin_lock_init', '__rwlock_init'),
  ...plain('_raw_spin_lock', '_raw_write_lock'),
  ...leave('_raw_spin_unlock', '_raw_write_unlock'),
  ...shut('irq', '_raw_spin_lock_irq', '_raw_read_lock_irq', '_raw_write_lock_irq'),
  ...open('irq', '_raw_spin_unlock_irq', '_raw_read_unlock_irq', '_raw_write_unlock_irq'),
  ...shut('bh', '_raw_spin_lock_bh', '_raw_read_lock_bh', '_raw_write_lock_bh'),
  ...open('bh', '_raw_spin_unlock_bh', '_raw_read_unlock_bh', '_raw_write_unlock_bh'),
  ...saving('_raw_spin_lock_irqsave', '_raw_read_lock_irqsave', '_raw_write_lock_irqsave'),
  ...restoring('_raw_spin_unlock_irqrestore', '_raw_read_unlock_irqrestore', '_raw_write_unlock_irqrestore'),
  // Of most kernels the first is inlined, and the second takes back what that has added.
  __local_bh_disable_ip: stub('void', ['ulong', 'uint'], (k, [, count]) => k.perCpu.count(count)),
  __local_bh_enable_ip: stub('void', ['ulong', 'uint'], (k, [, count]) => k.perCpu.count(-count)),
  _raw_read_lock: stub('void', ['ptr'], (k, [lock], { name }) => take(k, lock, name)),
  _raw_spin_trylock: stub('int', ['ptr'], (k, [lock]) => {
    if (k.spinning.has(lock)) return 0;
    hold(k, lock);
    return 1;
  }),
  ...quiet('_raw_read_unlock', 'init_wait_entry', 'finish_wait', 'prepare_to_wait', '__init_waitqueue_head'),
  ...quiet('up', '__rcu_read_lock', '__rcu_read_unlock'),
  ...quiet('__cond_resched', 'yield'),
  ...quiet('__wake_up', 'add_wait_queue', 'remove_wait_queue', '__init_swait_queue_head'),
  ...quiet('complete', 'complete_all'),
  ...constant(0, 'autoremove_wake_function', 'default_wake_function'),
  ...constant(0n, 'prepare_to_wait_event'),
};
