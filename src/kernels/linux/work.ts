import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { sleeping } from '../common/sleeping.ts';
import { type LinuxKernel, TICK_NS } from './kernel.ts';
import { constant, quiet } from './locks.ts';

const workKey = (work: bigint): string => `work 0x${work.toString(16)}`;
const timerKey = (timer: bigint): string => `timer 0x${timer.toString(16)}`;

/** Queues work for so many ticks from now, unless it waits already. */
function queue(k: LinuxKernel, work: bigint, ticks: bigint): number {
  if (k.services.clock.isArmed(workKey(work))) return 0;
  armWork(k, work, ticks);
  return 1;
}

function armWork(k: LinuxKernel, work: bigint, ticks: bigint): void {
  const at = ticks === 0n ? k.now : (Math.floor(k.now / TICK_NS) + Number(ticks)) * TICK_NS;
  k.services.clock.arm(workKey(work), at, {
    function: k.pointerAt(work, k.offsets.work.func),
    args: [work],
    context: 'process',
  });
}

function armTimer(k: LinuxKernel, timer: bigint, expires: bigint): number {
  const pending = k.services.clock.isArmed(timerKey(timer));
  const bits = k.wordSize * 8;
  const ticks = BigInt.asIntN(bits, expires - k.jiffies);
  const at = (Math.floor(k.now / TICK_NS) + Math.max(1, Number(ticks))) * TICK_NS;
  k.writeWord(timer + BigInt(k.offsets.timer.expires), expires);
  k.services.clock.arm(timerKey(timer), at, {
    function: k.pointerAt(timer, k.offsets.timer.function),
    args: [timer],
    context: 'softint',
  });
  return Number(pending);
}

const disarm = (key: (address: bigint) => string): Stub<LinuxKernel> =>
  stub('int', ['ptr'], (k, [address]) => Number(k.services.clock.disarm(key(address))));

/** Work queues: each piece of work runs in a thread of its own, when the one that queued it has gone to sleep. */
export const work: StubTable<LinuxKernel> = {
  queue_work_on: stub('int', ['int', 'ptr', 'ptr'], (k, [, , item]) => queue(k, item, 0n)),
  queue_delayed_work_on: stub('int', ['int', 'ptr', 'ptr', 'ulong'], (k, [, , item, ticks]) => queue(k, item, ticks)),
  mod_delayed_work_on: stub('int', ['int', 'ptr', 'ptr', 'ulong'], (k, [, , item, ticks]) => {
    const pending = k.services.clock.disarm(workKey(item));
    armWork(k, item, ticks);
    return Number(pending);
  }),
  cancel_delayed_work: disarm(workKey),
  ...sleeping<LinuxKernel>({
    destroy_workqueue: stub('void', ['ptr'], (k, [queue]) => {
      k.services.heap.free(queue);
    }),
    cancel_work_sync: disarm(workKey),
    cancel_delayed_work_sync: disarm(workKey),
    ...quiet('__flush_workqueue', 'flush_work', 'drain_workqueue'),
  }),
  ...quiet('delayed_work_timer_fn'),
  alloc_workqueue: stub('ptr', [], (k) => k.services.heap.allocate(512, true) ?? 0n),
  ...constant(1, 'wake_up_process'),
};

/** Timers: they run at clock ticks. */
export const timers: StubTable<LinuxKernel> = {
  init_timer_key: stub('void', ['ptr', 'ptr', 'uint', 'ptr', 'ptr'], (k, [timer, handler]) => {
    k.writeWord(timer, 0n);
    k.writeWord(k.field(timer, 1), 0n);
    k.writeWord(timer + BigInt(k.offsets.timer.function), handler);
  }),
  mod_timer: stub('int', ['ptr', 'ulong'], (k, [timer, expires]) => armTimer(k, timer, expires)),
  add_timer: stub('void', ['ptr'], (k, [timer]) => {
    armTimer(k, timer, k.pointerAt(timer, k.offsets.timer.expires));
  }),
  del_timer: disarm(timerKey),
  del_timer_sync: disarm(timerKey),
  timer_delete: disarm(timerKey),
  timer_delete_sync: disarm(timerKey),
  timer_shutdown_sync: disarm(timerKey),
};
