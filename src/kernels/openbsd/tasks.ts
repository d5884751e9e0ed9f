import { type StubTable, stub } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** task_add(9): a task runs in a thread of its own, here when the call that added it is over. */
export const tasks: StubTable<OpenBsdKernel> = {
  task_set: stub('void', ['ptr', 'ptr', 'ptr'], (k, [task, handler, arg]) => {
    k.tasks.set(task, { function: handler, arg });
  }),
  task_add: stub('int', ['ptr', 'ptr'], (k, [, task]) => {
    if (!k.tasks.has(task)) k.panic(`task_add: task 0x${task.toString(16)} not initialized`);
    if (k.queued.includes(task)) return 0;
    k.queued.push(task);
    return 1;
  }),
  task_del: stub('int', ['ptr', 'ptr'], (k, [, task]) => {
    const before = k.queued.length;
    k.queued = k.queued.filter((queued) => queued !== task);
    return before - k.queued.length;
  }),
  taskq_create: stub('ptr', ['ptr', 'uint', 'int', 'uint'], (k) => k.services.heap.allocate(64, true) ?? 0n),
  taskq_destroy: stub('void', ['ptr'], (k, [queue]) => {
    k.services.heap.free(queue);
  }),
  taskq_barrier: stub('void', ['ptr'], () => {}),
};

/** config(9): what waits until the machine is up. */
export const configuration: StubTable<OpenBsdKernel> = {
  config_mountroot: stub('void', ['ptr', 'ptr'], (k, [device, handler]) => {
    k.deferred.push({ function: handler, args: [device], context: 'process' });
  }),
  config_defer: stub('void', ['ptr', 'ptr'], (k, [device, handler]) => {
    k.deferred.push({ function: handler, args: [device], context: 'process' });
  }),
  config_pending_incr: stub('void', [], () => {}),
  config_pending_decr: stub('void', [], () => {}),
};
