import { type GuestOutcome, type Stub, type StubTable, stub } from '../../guest/index.ts';
import { armCallout, initCallout, setCallout, stopCallout } from '../common/callouts.ts';
import type { FreeBsdKernel } from './kernel.ts';

/** taskqueue(9): a task runs in a thread of its own, here when the call that enqueued it is over. */
export const taskqueues: StubTable<FreeBsdKernel> = {
  taskqueue_create: create(),
  taskqueue_create_fast: create(),
  taskqueue_start_threads: stub('int', ['ptr', 'int', 'int', 'ptr'], () => 0),
  taskqueue_thread_enqueue: stub('void', ['ptr'], () => {}),
  taskqueue_free: stub('void', ['ptr'], (k, [queue]) => {
    k.services.heap.free(queue);
  }),
  taskqueue_enqueue: enqueueing(),
  taskqueue_enqueue_fast: enqueueing(),
  taskqueue_cancel: stub('int', ['ptr', 'ptr', 'ptr'], (k, [, task, pending]) => cancel(k, task, pending)),
  // Waits until the task has run: it is first in line then, and nothing of the caller runs before.
  taskqueue_drain: stub('void', ['ptr', 'ptr'], (k, [, task]) => {
    if (k.tasks.includes(task)) k.panic('taskqueue_drain: would sleep, which no driver can do here');
  }),
  taskqueue_drain_all: stub('void', ['ptr'], () => {}),
  _timeout_task_init: stub(
    'void',
    ['ptr', 'ptr', 'int', 'ptr', 'ptr'],
    (k, [queue, timeoutTask, , handler, context]) => {
      const task = taskOf(k, timeoutTask);
      k.writeWord(timeoutTask, queue);
      k.memory.writeUint(task + BigInt(k.offsets.task.pending), 2, 0n);
      k.writeWord(task + BigInt(k.offsets.task.func), handler);
      k.writeWord(task + BigInt(k.offsets.task.context), context);
      initCallout(k, task);
      k.timeoutTasks.add(task);
    },
  ),
  taskqueue_enqueue_timeout: stub('int', ['ptr', 'ptr', 'int'], (k, [, timeoutTask, ticks]) => {
    const task = taskOf(k, timeoutTask);
    if (ticks === 0) enqueue(k, task);
    else {
      setCallout(k, task, task, 0n);
      armCallout(k, task, Math.abs(ticks));
    }
    return 0;
  }),
  taskqueue_cancel_timeout: stub('int', ['ptr', 'ptr', 'ptr'], (k, [, timeoutTask, pending]) => {
    const task = taskOf(k, timeoutTask);
    stopCallout(k, task);
    return cancel(k, task, pending);
  }),
  taskqueue_drain_timeout: stub('void', ['ptr', 'ptr'], (k, [, timeoutTask]) => {
    stopCallout(k, taskOf(k, timeoutTask));
  }),
};

function create(): Stub<FreeBsdKernel> {
  return stub('ptr', ['ptr', 'int', 'ptr', 'ptr'], (k) => k.services.heap.allocate(64, true) ?? 0n);
}

function enqueueing(): Stub<FreeBsdKernel> {
  return stub('int', ['ptr', 'ptr'], (k, [, task]) => {
    enqueue(k, task);
    return 0;
  });
}

function taskOf(k: FreeBsdKernel, timeoutTask: bigint): bigint {
  return timeoutTask + BigInt(k.offsets.timeoutTask);
}

/** A task that waits already counts how often it was asked for. */
export function enqueue(k: FreeBsdKernel, task: bigint): void {
  const at = task + BigInt(k.offsets.task.pending);
  const pending = k.memory.readUint(at, 2);
  k.memory.writeUint(at, 2, BigInt.asUintN(16, pending + 1n));
  if (!k.tasks.includes(task)) k.tasks.push(task);
}

function cancel(k: FreeBsdKernel, task: bigint, pendingAt: bigint): number {
  const at = task + BigInt(k.offsets.task.pending);
  if (pendingAt !== 0n) k.memory.writeUint(pendingAt, 4, k.memory.readUint(at, 2));
  k.memory.writeUint(at, 2, 0n);
  k.tasks = k.tasks.filter((queued) => queued !== task);
  return 0;
}

/** Runs the first task: its function gets its context and how often it was asked for. */
export function runTask(k: FreeBsdKernel): GuestOutcome | null {
  const task = k.tasks.shift();
  if (task === undefined) return null;
  const at = task + BigInt(k.offsets.task.pending);
  const pending = k.memory.readUint(at, 2);
  k.memory.writeUint(at, 2, 0n);
  const handler = k.readWord(task + BigInt(k.offsets.task.func));
  return k.services.call(handler, [k.readWord(task + BigInt(k.offsets.task.context)), pending]).outcome;
}
