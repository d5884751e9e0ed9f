import {
  bindStubs,
  type GuestOutcome,
  type Interrupts,
  type KernelModel,
  type KernelOptions,
  type KernelServices,
  type PendingCall,
} from '../../guest/index.ts';
import { addressTexts } from '../common/address-text.ts';
import { BSD_FACTS } from '../common/bsd-kernel.ts';
import { performCallout } from '../common/callouts.ts';
import { formatting } from '../common/formatting.ts';
import { clockInterrupts } from '../common/interrupts.ts';
import { bytes, strings } from '../common/strings.ts';
import { attachDriver } from './attach.ts';
import { netBsdData } from './data.ts';
import { entryPoints } from './entry-points.ts';
import { NetBsdKernel, type SoftInterrupt } from './kernel.ts';
import { IPL_SOFTCLOCK, locks } from './locks.ts';
import { memory } from './memory.ts';
import { printing } from './printing.ts';
import { sysctl } from './sysctl.ts';
import { devices, power, tasks } from './system.ts';
import { callouts, time } from './time.ts';

/** The NetBSD kernel around a driver such as vmt(4): its single file of 2011 to 2020, and vmt_subr.o after that. */
export function createNetBsd(services: KernelServices, options: KernelOptions): KernelModel {
  const kernel = new NetBsdKernel(services, options);
  return {
    name: 'netbsd',
    facts: BSD_FACTS,
    stubs: bindStubs<NetBsdKernel>(
      kernel,
      strings,
      bytes,
      formatting,
      printing,
      memory,
      time,
      callouts,
      tasks,
      devices,
      locks,
      sysctl,
      power,
      addressTexts,
    ),
    data: netBsdData(kernel),
    names: kernel.names,
    network: kernel.network,
    get entryPoints() {
      return entryPoints(kernel);
    },
    takeShutdown: () => kernel.takeShutdown(),
    loaded: () => {},
    guard: kernel.spl,
    boot: () => attachDriver(kernel),
    step: () => step(kernel),
    nextDeadline: () => (kernel.hasQueued ? services.clock.now : services.clock.nextDeadline()),
    interrupts: interrupts(kernel),
  };
}

/** Threads first: they run as soon as the call that woke them is over. Then callouts. */
function step(kernel: NetBsdKernel): GuestOutcome | null {
  kernel.updateClock();
  if (kernel.hasQueued) return kernel.runQueued();
  const alarm = kernel.services.clock.takeDue();
  return alarm === null ? null : performCallout(kernel, alarm);
}

/** softint(9): those that were asked for come first, the highest before all, then the callouts, which have the lowest. */
function interrupts(kernel: NetBsdKernel): Interrupts {
  const { services } = kernel;
  const callouts = clockInterrupts(services, {
    open: () => kernel.spl.level < IPL_SOFTCLOCK,
    perform: (alarm) => performCallout(kernel, alarm),
  });
  const posted = (): SoftInterrupt[] =>
    kernel.state.now.queued
      .filter((call) => isSoftInterrupt(call))
      .filter(({ level }) => kernel.spl.level < level)
      .sort((one, other) => other.level - one.level);
  return {
    next: () => {
      const [first] = posted();
      return first === undefined ? callouts.next() : { at: services.clock.now, function: first.function };
    },
    run: () => {
      kernel.updateClock();
      // What a soft interrupt keeps out is its own: it is not asked afterwards.
      const [due, withCallouts] = [posted(), callouts.next() !== null];
      const others = kernel.state.now.queued.filter((call) => !due.some((taken) => taken === call));
      if (due.length > 0) kernel.state.change.queued = others;
      for (const call of due) {
        const outcome = services.perform(call);
        if (outcome !== null) return outcome;
      }
      return withCallouts ? callouts.run() : null;
    },
  };
}

function isSoftInterrupt(call: PendingCall): call is SoftInterrupt {
  return 'level' in call;
}
