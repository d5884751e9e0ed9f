import { VmtbenchError } from '../errors.ts';
import type { KernelChoice, KernelName } from '../guest/index.ts';
import type { ObjectFile } from '../object/index.ts';
import { knownWords } from '../similar.ts';
import { createBare } from './bare.ts';
import { createFreeBsd } from './freebsd/index.ts';
import { guessKernel } from './guess.ts';
import { createLinux } from './linux/index.ts';
import { createNetBsd } from './netbsd/index.ts';
import { createOpenBsd } from './openbsd/index.ts';
import { createUser } from './user/index.ts';

const CREATE: Readonly<Record<KernelName, KernelChoice['create']>> = {
  openbsd: createOpenBsd,
  netbsd: createNetBsd,
  freebsd: createFreeBsd,
  linux: createLinux,
  user: createUser,
  bare: createBare,
};

/** What each is for. */
export const KERNEL_MEANINGS: Readonly<Record<KernelName, string>> = {
  openbsd: 'attaches a driver by its cfattach, as autoconf(9) does; timeouts, tasks, kernel threads, pvbus(4)',
  netbsd: 'attaches a driver by its cfattach; callouts, sysmon power switches, sysctl(9)',
  freebsd: 'attaches a driver by its driver_t; callouts, taskqueues, eventhandlers',
  linux: 'loads a module and calls its init_module; timers, workqueues, alternatives, PCI and platform devices',
  user: 'a process on Linux: a shared library, or an object whose functions are called one by one',
  bare: 'no system: the functions of an object, called one by one',
};

/** The names of all kernels. */
export const KERNELS: readonly KernelName[] = Object.keys(CREATE) as KernelName[];

/** The asked kernel, else the guessed one. @throws VmtbenchError `guest.kernel` */
export function chooseKernel(object: ObjectFile, asked: string | undefined): KernelChoice {
  if (asked !== undefined) {
    const name = KERNELS.find((known) => known === asked);
    if (name !== undefined) return { name, create: CREATE[name] };
    throw new VmtbenchError('guest.kernel', `unknown kernel ${asked}`, knownWords(asked, 'kernels', KERNELS));
  }
  const guess = guessKernel(object);
  if (guess !== null) return { name: guess, create: CREATE[guess] };
  const hint = `Name it with --kernel: ${KERNELS.join(', ')}.`;
  throw new VmtbenchError('guest.kernel', `${object.name}: its imports do not tell which kernel it is from`, hint);
}
