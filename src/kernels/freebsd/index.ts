import {
  bindStubs,
  type GuestOutcome,
  type Interrupts,
  type KernelModel,
  type KernelOptions,
  type KernelServices,
} from '../../guest/index.ts';
import { addressTexts } from '../common/address-text.ts';
import { BSD_FACTS } from '../common/bsd-kernel.ts';
import { calloutOf } from '../common/callouts.ts';
import { formatting } from '../common/formatting.ts';
import { clockInterrupts } from '../common/interrupts.ts';
import { bytes, strings } from '../common/strings.ts';
import { attachDriver } from './attach.ts';
import { calloutMayBegin, runCallout } from './callouts.ts';
import { freeBsdData } from './data.ts';
import { entryPoints } from './entry-points.ts';
import { foreachCode } from './foreach.ts';
import { FreeBsdKernel } from './kernel.ts';
import { kobj, linkMethods } from './kobj.ts';
import { locks } from './locks.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { modules, newbus, sysctl } from './newbus.ts';
import { printing } from './printing.ts';
import { system } from './system.ts';
import { enqueue, runTask, taskqueues } from './taskqueues.ts';
import { callouts, time } from './time.ts';

/** The FreeBSD kernel around a driver of newbus, such as the vmt(4) port. */
export function createFreeBsd(services: KernelServices, options: KernelOptions): KernelModel {
  const kernel = new FreeBsdKernel(services, options);
  return {
    name: 'freebsd',
    facts: BSD_FACTS,
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
    get entryPoints() {
      return entryPoints(kernel);
    },
    takeShutdown: () => kernel.takeShutdown(),
    loaded: () => linkMethods(services),
    guard: kernel.sections,
    boot: () => attachUnderGiant(kernel),
    step: () => step(kernel),
    nextDeadline: () => {
      const due = kernel.hasQueued || kernel.state.now.tasks.length > 0;
      return due ? services.clock.now : services.clock.nextDeadline();
    },
    interrupts: interrupts(kernel),
  };
}

/** Threads first: they run as soon as the call that woke them is over. Then callouts. */
function step(kernel: FreeBsdKernel): GuestOutcome | null {
  kernel.updateClock();
  if (kernel.state.now.tasks.length > 0) return runTask(kernel);
  if (kernel.hasQueued) return kernel.runQueued();
  const alarm = kernel.services.clock.takeDue();
  if (alarm === null) return null;
  const callout = calloutOf(alarm);
  if (!kernel.timeoutTasks.has(callout)) return runCallout(kernel, alarm);
  enqueue(kernel, callout);
  return runTask(kernel);
}

function attachUnderGiant(kernel: FreeBsdKernel): GuestOutcome | null {
  kernel.state.change.attaching = true;
  const outcome = attachDriver(kernel);
  kernel.state.change.attaching = false;
  return outcome;
}

/**
 * The thread of the callouts preempts every other outside of critical sections. It would wait for a callout's
 * lock before it begins; a task's callout only puts the task into its queue.
 */
function interrupts(kernel: FreeBsdKernel): Interrupts {
  const callouts = clockInterrupts(kernel.services, {
    open: () => kernel.sections.open,
    admits: (alarm) => {
      const callout = calloutOf(alarm);
      const giant = kernel.callouts.get(callout)?.giant === true;
      if (kernel.timeoutTasks.has(callout) || (giant && kernel.state.now.attaching)) return false;
      return calloutMayBegin(kernel, callout);
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
