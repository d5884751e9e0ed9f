import type { GuestOutcome } from '../../outcome.ts';
import { addressTexts } from '../common/address-text.ts';
import { calloutOf } from '../common/callouts.ts';
import { formatting } from '../common/formatting.ts';
import { bytes, strings } from '../common/strings.ts';
import type { Personality, Services } from '../personality.ts';
import { bindStubs } from '../stub.ts';
import { attachDriver } from './attach.ts';
import { freeBsdData } from './data.ts';
import { FreeBsdKernel, type FreeBsdOptions } from './kernel.ts';
import { kobj } from './kobj.ts';
import { lockMutex, locks, unlockMutex, wordOf } from './locks.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { modules, newbus, sysctl } from './newbus.ts';
import { printing } from './printing.ts';
import { system } from './system.ts';
import { enqueue, runTask, taskqueues } from './taskqueues.ts';
import { callouts, markRunning, time } from './time.ts';

export type { FreeBsdOptions } from './kernel.ts';

/** The FreeBSD kernel around a driver of newbus, such as the vmt(4) port. */
export function createFreeBsd(services: Services, options: FreeBsdOptions): Personality {
  const kernel = new FreeBsdKernel(services, options);
  return {
    name: 'freebsd',
    stubs: bindStubs<FreeBsdKernel>(
      kernel,
      strings,
      bytes,
      formatting,
      printing,
      memory,
      time,
      callouts,
      taskqueues,
      locks,
      kobj,
      newbus,
      sysctl,
      modules,
      system,
      network,
      addressTexts,
    ),
    data: freeBsdData(kernel),
    names: kernel.names,
    network: kernel.network,
    takeShutdown: () => kernel.takeShutdown(),
    loaded: () => {},
    boot: () => attachDriver(kernel),
    step: () => step(kernel),
    nextDeadline: () => {
      const due = kernel.hasQueued || kernel.tasks.length > 0;
      return due ? services.clock.now : services.clock.nextDeadline();
    },
    snapshot: () => kernel.snapshot(),
    restore: (state) => kernel.restore(state as ReturnType<FreeBsdKernel['snapshot']>),
  };
}

/** Threads first: they run as soon as the call that woke them is over. Then callouts. */
function step(kernel: FreeBsdKernel): GuestOutcome | null {
  kernel.updateClock();
  if (kernel.tasks.length > 0) return runTask(kernel);
  if (kernel.hasQueued) return kernel.runQueued();
  const alarm = kernel.services.clock.takeDue();
  if (alarm === null) return null;
  const callout = calloutOf(alarm);
  if (!kernel.timeoutTasks.has(callout)) return runCallout(kernel, callout, alarm.payload.function, alarm.payload.args);
  enqueue(kernel, callout);
  return runTask(kernel);
}

/** A callout with a mutex runs with that mutex held. */
function runCallout(
  kernel: FreeBsdKernel,
  callout: bigint,
  handler: bigint,
  args: readonly bigint[],
): GuestOutcome | null {
  const lock = kernel.callouts.get(callout)?.lock ?? 0n;
  markRunning(kernel, callout);
  if (lock !== 0n) lockMutex(kernel, wordOf(kernel, lock));
  const { outcome } = kernel.services.call(handler, args);
  if (outcome === null && lock !== 0n) unlockMutex(kernel, wordOf(kernel, lock));
  return outcome;
}
