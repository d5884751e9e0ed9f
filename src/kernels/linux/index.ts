import {
  bindStubs,
  conventionFor,
  type GuestOutcome,
  type KernelModel,
  type KernelOptions,
  type KernelServices,
  REGPARM3_I386,
} from '../../guest/index.ts';
import type { Image } from '../../object/index.ts';
import { formatting } from '../common/formatting.ts';
import { clockInterrupts } from '../common/interrupts.ts';
import { bytes, strings as isoStrings } from '../common/strings.ts';
import { applyAlternatives } from './alternatives.ts';
import { balloon } from './balloon.ts';
import { findBugTable, reportBug } from './bugs.ts';
import { linuxData, setHypervisor } from './data.ts';
import { devices } from './devices.ts';
import { entryPoints } from './entry-points.ts';
import { files } from './files.ts';
import { LinuxKernel } from './kernel.ts';
import { locks } from './locks.ts';
import { memory, pages } from './memory.ts';
import { initModule } from './module.ts';
import { printing } from './printing.ts';
import { sleepingLocks } from './sleeping-locks.ts';
import { strings } from './strings.ts';
import { time, timespecStub } from './time.ts';
import { timers, work } from './work.ts';

/** The Linux kernel around a module, or around one function of a whole kernel. */
export function createLinux(services: KernelServices, options: KernelOptions): KernelModel {
  const kernel = new LinuxKernel(services);
  return {
    name: 'linux',
    facts: {
      boots: true,
      userSpace: false,
      driversTick: false,
      shutsDriversDown: false,
      driversKeepTclo: false,
    },
    convention: services.wordSize === 8 ? conventionFor(64) : REGPARM3_I386,
    stubs: bindStubs<LinuxKernel>(
      kernel,
      isoStrings,
      bytes,
      formatting,
      printing,
      strings,
      memory,
      pages,
      time,
      timespecStub(services.wordSize),
      work,
      timers,
      locks,
      sleepingLocks,
      files,
      devices,
      balloon,
    ),
    data: linuxData(kernel),
    names: kernel.names,
    shift: (section) => kernel.perCpu.shift(section),
    takeShutdown: () => null,
    get entryPoints() {
      return entryPoints(kernel);
    },
    loaded: (image) => loaded(kernel, image, options),
    get copiedCode() {
      return kernel.copiedCode;
    },
    entering: () => kernel.entering(),
    invalidOpcode: (pc) => reportBug(kernel, pc),
    boot: () => initModule(kernel),
    step: () => step(kernel),
    nextDeadline: () => services.clock.nextDeadline(),
    interrupts: clockInterrupts(services, {
      open: () => kernel.open,
      perform: ({ payload }) => kernel.comeBetween(payload),
    }),
  };
}

/** A whole kernel has per-CPU variables of its own, at the addresses that it was linked for. */
function loaded(kernel: LinuxKernel, image: Image, { alternatives = true }: KernelOptions): void {
  if (image.object.type === 'executable') setHypervisor(kernel);
  else kernel.perCpu.start();
  kernel.bugTable = findBugTable(image);
  if (alternatives) kernel.copiedCode = applyAlternatives(kernel, image);
}

/** The next work or timer that is due. */
function step(kernel: LinuxKernel): GuestOutcome | null {
  const alarm = kernel.services.clock.takeDue();
  return alarm === null ? null : kernel.perform(alarm.payload);
}
