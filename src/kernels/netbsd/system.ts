import { type PendingCall, type Stub, type StubTable, stub } from '../../guest/index.ts';
import type { NetBsdKernel, SoftInterrupt } from './kernel.ts';
import { IPL_SOFTCLOCK } from './locks.ts';

/** dev/sysmon/sysmonvar.h */
const PSWITCH_TYPE_POWER = 0;
const PSWITCH_TYPE_SLEEP = 1;
const PSWITCH_TYPE_RESET = 3;
const PSWITCH_EVENT_PRESSED = 0;

/** sys/reboot.h */
const RB_HALT = 0x8;

/** sys/intr.h: SOFTINT_CLOCK is 0, and each of the others one level above. */
const SOFTINT_LVLMASK = 0xff;

/** driver(9), pmf(9) and config(9). */
export const devices: StubTable<NetBsdKernel> = {
  device_private: stub('ptr', ['ptr'], (k, [device]) => k.device(device)?.softc ?? 0n),
  device_xname: stub('ptr', ['ptr'], (k, [device]) => k.device(device)?.nameAt ?? 0n),
  device_unit: stub('int', ['ptr'], (k, [device]) => Number(/\d+$/.exec(k.device(device)?.name ?? '')?.[0] ?? 0)),
  device_is_active: stub('int', ['ptr'], () => 1),
  pmf_device_register1: stub('int', ['ptr', 'ptr', 'ptr', 'ptr'], (k, [device, , , onShutdown]) => {
    const known = k.device(device);
    if (known !== null) k.devices.set(device, { ...known, onShutdown });
    return 1;
  }),
  pmf_device_deregister: stub('void', ['ptr'], (k, [device]) => {
    const known = k.device(device);
    if (known !== null) k.devices.set(device, { ...known, onShutdown: 0n });
  }),
  config_mountroot: defer(),
  config_interrupts: defer(),
  config_defer: defer(),
  config_pending_incr: stub('void', ['ptr'], () => {}),
  config_pending_decr: stub('void', ['ptr'], () => {}),
  config_init_component: stub('int', ['ptr', 'ptr', 'ptr'], () => 0),
  config_fini_component: stub('int', ['ptr', 'ptr', 'ptr'], () => 0),
};

/** What runs in a thread or soft interrupt of its own: here when the call that asked for it is over. */
export const tasks: StubTable<NetBsdKernel> = {
  sysmon_task_queue_init: stub('void', [], () => {}),
  sysmon_task_queue_preinit: stub('void', [], () => {}),
  sysmon_task_queue_fini: stub('int', [], () => 0),
  sysmon_task_queue_sched: stub('int', ['uint', 'ptr', 'ptr'], (k, [, handler, arg]) => {
    k.state.change.queued.push({ function: handler, args: [arg], context: 'process' });
    return 0;
  }),
  sysmon_task_queue_cancel: stub('int', ['ptr'], (k, [handler]) => {
    const { change } = k.state;
    change.queued = change.queued.filter((call) => call.function !== handler);
    return 0;
  }),
  softint_establish: stub('ptr', ['uint', 'ptr', 'ptr'], (k, [flags, handler, arg]) => {
    const level = IPL_SOFTCLOCK + (flags & SOFTINT_LVLMASK);
    const address = k.services.reserve(COOKIE_SIZE);
    const call: SoftInterrupt = { function: handler, args: [arg], context: 'softint', level, cookie: address };
    k.softInterrupts.set(address, call);
    return address;
  }),
  softint_schedule: stub('void', ['ptr'], (k, [softint]) => {
    const call = k.softInterrupts.get(softint);
    if (call === undefined) k.panic(`softint_schedule: 0x${softint.toString(16)} is not established`);
    else if (!k.state.now.queued.some((queued) => isOf(queued, softint))) k.state.change.queued.push(call);
  }),
  softint_disestablish: stub('void', ['ptr'], (k, [softint]) => {
    const { change } = k.state;
    change.queued = change.queued.filter((queued) => !isOf(queued, softint));
    k.softInterrupts.delete(softint);
  }),
  workqueue_create: stub('int', ['ptr', 'ptr', 'ptr', 'ptr', 'int', 'int', 'int'], (k, [out, , handler, arg]) => {
    const address = k.services.reserve(COOKIE_SIZE);
    k.softInterrupts.set(address, { function: handler, args: [arg], context: 'process' });
    k.writeWord(out, address);
    return 0;
  }),
  // The worker is called with the work, then the argument.
  workqueue_enqueue: stub('void', ['ptr', 'ptr', 'ptr'], (k, [queue, work]) => {
    const call = k.softInterrupts.get(queue);
    if (call === undefined) k.panic(`workqueue_enqueue: 0x${queue.toString(16)} is no workqueue`);
    else k.state.change.queued.push({ ...call, args: [work, ...call.args] });
  }),
  workqueue_wait: stub('void', ['ptr', 'ptr'], () => {}),
  workqueue_destroy: stub('void', ['ptr'], (k, [queue]) => {
    k.softInterrupts.delete(queue);
  }),
};

/** sysmon(9): power switches. No powerd(8) runs here, so the kernel itself does what a switch is for. */
export const power: StubTable<NetBsdKernel> = {
  sysmon_pswitch_register: stub('int', ['ptr'], (k, [pswitch]) => {
    k.state.change.switches.push(pswitch);
    return 0;
  }),
  sysmon_pswitch_unregister: stub('void', ['ptr'], (k, [pswitch]) => {
    const { change } = k.state;
    change.switches = change.switches.filter((known) => known !== pswitch);
  }),
  sysmon_pswitch_event: stub('void', ['ptr', 'int'], (k, [pswitch, event]) => {
    if (event !== PSWITCH_EVENT_PRESSED) return;
    const { name, type } = k.offsets.pswitch;
    const does = SWITCHES[Number(k.memory.readUint(pswitch + BigInt(type), 4))];
    if (does === undefined) return;
    k.print(`${k.readText(k.readWord(pswitch + BigInt(name)))}: ${does.text}\n`);
    if (does.how !== null) reboot(k, does.how);
  }),
  kern_reboot: stub('void', ['int', 'ptr'], (k, [flags]) => reboot(k, (flags & RB_HALT) !== 0 ? 'halt' : 'reboot')),
  cpu_reboot: stub('void', ['int', 'ptr'], (k, [flags]) => reboot(k, (flags & RB_HALT) !== 0 ? 'halt' : 'reboot')),
};

const SWITCHES: Readonly<Record<number, { readonly text: string; readonly how: 'halt' | 'reboot' | null }>> = {
  [PSWITCH_TYPE_POWER]: { text: 'power button pressed, shutting down!', how: 'halt' },
  [PSWITCH_TYPE_RESET]: { text: 'reset button pressed, rebooting!', how: 'reboot' },
  [PSWITCH_TYPE_SLEEP]: { text: 'sleep button pressed.', how: null },
};

/** The drivers' shutdown handlers run before the machine is off. */
export function reboot(k: NetBsdKernel, how: 'halt' | 'reboot'): void {
  const reported = [...k.devices].filter(([, { onShutdown }]) => onShutdown !== 0n);
  k.powerDown(
    how,
    reported.map(([device, { onShutdown }]) => ({ function: onShutdown, args: [device, 0n], context: 'process' })),
  );
}

/** Bytes that stand for a soft interrupt or a work queue. */
const COOKIE_SIZE = 16;

const isOf = (call: PendingCall, cookie: bigint): boolean => 'cookie' in call && call.cookie === cookie;

function defer(): Stub<NetBsdKernel> {
  return stub('int', ['ptr', 'ptr'], (k, [device, handler]) => {
    k.state.change.deferred.push({ function: handler, args: [device], context: 'process' });
    return 0;
  });
}
