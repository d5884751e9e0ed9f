import { VmtbenchError } from '../../errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import { createBare } from './bare.ts';
import { createFreeBsd } from './freebsd/index.ts';
import { guessKernel } from './guess.ts';
import { createLinux, type LinuxOptions } from './linux/index.ts';
import { createNetBsd } from './netbsd/index.ts';
import { createOpenBsd, type OpenBsdOptions } from './openbsd/index.ts';
import type { KernelName, Personality, Services } from './personality.ts';
import { createUser } from './user/index.ts';

/** Options of the kernels; each takes those that mean something to it. */
export interface KernelOptions extends OpenBsdOptions, LinuxOptions {}

type Factory = (services: Services, options: KernelOptions) => Personality;

export const PERSONALITIES: Readonly<Record<KernelName, Factory>> = {
  openbsd: createOpenBsd,
  netbsd: createNetBsd,
  freebsd: createFreeBsd,
  linux: createLinux,
  user: createUser,
  bare: createBare,
};

/** The names of all kernels. */
export const KERNELS: readonly KernelName[] = Object.keys(PERSONALITIES) as KernelName[];

/** The asked kernel, else the guessed one. @throws VmtbenchError `guest.kernel` */
export function chooseKernel(object: ObjectFile, asked: string | undefined): KernelName {
  const hint = `Name it with --kernel: ${KERNELS.join(', ')}.`;
  if (asked !== undefined) {
    const name = KERNELS.find((known) => known === asked);
    if (name !== undefined) return name;
    throw new VmtbenchError('guest.kernel', `unknown kernel ${asked}`, hint);
  }
  const guess = guessKernel(object);
  if (guess !== null) return guess;
  throw new VmtbenchError('guest.kernel', `${object.name}: its imports do not tell which kernel it is from`, hint);
}
