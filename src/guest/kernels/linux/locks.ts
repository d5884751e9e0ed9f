import type { ParameterType } from '../../abi/types.ts';
import { type Stub, type StubTable, stub, variadic } from '../stub.ts';
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

/** IF and the bit that is always set: the flags that a spinlock saves. */
const FLAGS = 0x202n;

/** Functions that keep soft interrupts out, and what they give. */
function shut(result: bigint | null, ...names: readonly string[]): StubTable<LinuxKernel> {
  return counting(1, result, names);
}

/** Functions that let them in again. */
function open(...names: readonly string[]): StubTable<LinuxKernel> {
  return counting(-1, null, names);
}

function counting(by: 1 | -1, result: bigint | null, names: readonly string[]): StubTable<LinuxKernel> {
  const count = (k: LinuxKernel): void => {
    k.shut = Math.max(0, k.shut + by);
  };
  const given = (k: LinuxKernel): bigint => {
    count(k);
    return result ?? 0n;
  };
  return table(names, () => (result === null ? stub('void', [], count) : stub('ulong', [], given)));
}

/**
 * One thread at a time runs here: a lock is always free. What disables interrupts or bottom halves with it keeps
 * timers out; a plain spinlock does not, nor does a mutex.
 */
export const locks: StubTable<LinuxKernel> = {
  ...quiet('mutex_lock', 'mutex_unlock', 'mutex_lock_nested', '__mutex_init', 'mutex_destroy'),
  ...quiet('_raw_spin_lock', '_raw_spin_unlock', '__raw_spin_lock_init'),
  ...shut(null, '_raw_spin_lock_irq', '_raw_spin_lock_bh', '__local_bh_disable_ip'),
  ...open('_raw_spin_unlock_irq', '_raw_spin_unlock_bh', '__local_bh_enable_ip', '_raw_spin_unlock_irqrestore'),
  ...shut(null, '_raw_read_lock_irq', '_raw_read_lock_bh', '_raw_write_lock_irq', '_raw_write_lock_bh'),
  ...open('_raw_read_unlock_irq', '_raw_read_unlock_bh', '_raw_write_unlock_irq', '_raw_write_unlock_bh'),
  ...open('_raw_read_unlock_irqrestore', '_raw_write_unlock_irqrestore'),
  ...quiet('_raw_read_lock', '_raw_read_unlock', '_raw_write_lock', '_raw_write_unlock', '__rwlock_init'),
  ...quiet('down_read', 'down_write', 'up_read', 'up_write', '__init_rwsem', 'down', 'up'),
  ...quiet('__rcu_read_lock', '__rcu_read_unlock', 'synchronize_rcu', 'schedule', '__cond_resched', 'yield'),
  ...quiet('init_wait_entry', 'finish_wait', 'prepare_to_wait', '__init_waitqueue_head', '__wake_up', 'add_wait_queue'),
  ...quiet('remove_wait_queue', 'wait_for_completion', 'complete', 'complete_all', '__init_swait_queue_head'),
  ...constant(0, 'mutex_lock_interruptible', 'mutex_lock_killable', 'down_interruptible', 'down_timeout'),
  ...constant(1, 'mutex_trylock', '_raw_spin_trylock', 'down_read_trylock', 'down_write_trylock'),
  ...constant(0, 'ww_mutex_lock', 'ww_mutex_lock_interruptible', 'autoremove_wake_function', 'default_wake_function'),
  ...constant(0n, 'prepare_to_wait_event'),
  ...shut(FLAGS, '_raw_spin_lock_irqsave', '_raw_read_lock_irqsave', '_raw_write_lock_irqsave'),
};
