import {
  bindStubs,
  type GuestOutcome,
  type KernelModel,
  type KernelOptions,
  type KernelServices,
} from '../../guest/index.ts';
import type { Image } from '../../object/index.ts';
import { addressTexts } from '../common/address-text.ts';
import { BSD_FACTS } from '../common/bsd-kernel.ts';
import { formatting } from '../common/formatting.ts';
import { clockInterrupts } from '../common/interrupts.ts';
import { bytes, strings } from '../common/strings.ts';
import { attachDriver } from './attach.ts';
import { openBsdData } from './data.ts';
import { power, randomness, sensors } from './devices.ts';
import { entryPoints } from './entry-points.ts';
import { OpenBsdKernel } from './kernel.ts';
import { IPL_NONE, locks } from './locks.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { powerOff } from './power.ts';
import { printing } from './printing.ts';
import { configuration, tasks } from './tasks.ts';
import { time, timeouts } from './time.ts';

/** The OpenBSD kernel around a driver of pvbus(4), such as vmt(4). */
export function createOpenBsd(services: KernelServices, options: KernelOptions): KernelModel {
  const kernel = new OpenBsdKernel(services, options);
  return {
    name: 'openbsd',
    facts: BSD_FACTS,
    stubs: bindStubs<OpenBsdKernel>(
      kernel,
      strings,
      bytes,
      formatting,
      printing,
      memory,
      time,
      timeouts,
      tasks,
      configuration,
      locks,
      sensors,
      randomness,
      power,
      addressTexts,
      network,
    ),
    data: openBsdData(kernel),
    names: kernel.names,
    network: kernel.network,
    entryPoints: entryPoints(kernel),
    takeShutdown: () => kernel.takeShutdown(),
    loaded: (image) => fillRandomData(kernel, image),
    guard: kernel.spl,
    boot: () => attachDriver(kernel),
    step: () => step(kernel),
    nextDeadline: () => (hasWork(kernel) ? services.clock.now : services.clock.nextDeadline()),
    interrupts: clockInterrupts(services, { open: () => kernel.spl.level === IPL_NONE }),
  };
}

/** The boot loader fills these sections: the stack protector's and retguard's secrets lie in them. */
function fillRandomData(kernel: OpenBsdKernel, image: Image): void {
  for (const { name, address, size } of image.sections) {
    if (name.startsWith('.openbsd.randomdata')) kernel.memory.write(address, kernel.random.bytes(size));
  }
}

function hasWork(kernel: OpenBsdKernel): boolean {
  return kernel.state.now.waiting.length > 0 || kernel.hasQueued;
}

/** Tasks first: their threads run as soon as the call that woke them is over. Then the end, if it has come; timeouts. */
function step(kernel: OpenBsdKernel): GuestOutcome | null {
  const { services, state } = kernel;
  const [task] = state.now.waiting;
  if (task !== undefined) state.change.waiting.shift();
  const handler = task === undefined ? undefined : kernel.tasks.get(task);
  if (handler !== undefined) return services.call(handler.function, [handler.arg]).outcome;
  if (kernel.hasQueued) return powerOff(kernel);
  const alarm = services.clock.takeDue();
  return alarm === null ? null : services.perform(alarm.payload);
}
