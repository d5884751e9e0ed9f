import type { Alarm } from '../../clock.ts';
import type { GuestOutcome } from '../../outcome.ts';
import { addressTexts } from '../common/address-text.ts';
import { calloutOf } from '../common/callouts.ts';
import { formatting } from '../common/formatting.ts';
import { clockInterrupts } from '../common/interrupts.ts';
import { bytes, strings } from '../common/strings.ts';
import type { Interrupts, PendingCall, Personality, Services } from '../personality.ts';
import { bindStubs } from '../stub.ts';
import { attachDriver } from './attach.ts';
import { freeBsdData } from './data.ts';
import { foreachCode } from './foreach.ts';
import { FreeBsdKernel, type FreeBsdOptions } from './kernel.ts';
import { kobj } from './kobj.ts';
import { isFree, lockMutex, locks, unlockMutex, wordOf } from './locks.ts';
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
    code: (name) => foreachCode(kernel, name),
    data: freeBsdData(kernel),
    names: kernel.names,
    network: kernel.network,
    takeShutdown: () => kernel.takeShutdown(),
    loaded: () => {},
    entering: () => {
      kernel.critical = 0;
    },
    boot: () => attachUnderGiant(kernel),
    step: () => step(kernel),
    nextDeadline: () => {
      const due = kernel.hasQueued || kernel.tasks.length > 0;
      return due ? services.clock.now : services.clock.nextDeadline();
    },
    interrupts: interrupts(kernel),
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
  if (!kernel.timeoutTasks.has(callout)) return runCallout(kernel, alarm);
  enqueue(kernel, callout);
  return runTask(kernel);
}

function attachUnderGiant(kernel: FreeBsdKernel): GuestOutcome | null {
  kernel.attaching = true;
  const outcome = attachDriver(kernel);
  kernel.attaching = false;
  return outcome;
}

/**
 * The thread of the callouts comes in between in every other, but for critical sections. It would wait for a callout's
 * lock before it begins; a task's callout only puts the task into its queue.
 */
function interrupts(kernel: FreeBsdKernel): Interrupts {
  const callouts = clockInterrupts(kernel.services, {
    open: () => kernel.critical === 0,
    admits: (alarm) => {
      const callout = calloutOf(alarm);
      const { lock = 0n, giant = false } = kernel.callouts.get(callout) ?? {};
      if (kernel.timeoutTasks.has(callout) || (giant && kernel.attaching)) return false;
      return lock === 0n || isFree(kernel, wordOf(kernel, lock));
    },
    perform: (alarm) => runCallout(kernel, alarm),
  });
  return {
    next: callouts.next,
    run: () => {
      kernel.updateClock();
      return callouts.run();
    },
  };
}

/** A callout with a mutex runs with that mutex held. */
function runCallout(kernel: FreeBsdKernel, alarm: Alarm<PendingCall>): GuestOutcome | null {
  const callout = calloutOf(alarm);
  const lock = kernel.callouts.get(callout)?.lock ?? 0n;
  markRunning(kernel, callout);
  if (lock !== 0n) lockMutex(kernel, wordOf(kernel, lock));
  const outcome = kernel.services.perform(alarm.payload);
  if (outcome === null && lock !== 0n) unlockMutex(kernel, wordOf(kernel, lock));
  return outcome;
}
