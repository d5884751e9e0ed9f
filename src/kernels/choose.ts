import { VmtbenchError } from '../errors.ts';
import type { KernelChoice, KernelName } from '../guest/index.ts';
import type { ObjectFile } from '../object/index.ts';
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

/** The names of all kernels. */
export const KERNELS: readonly KernelName[] = Object.keys(CREATE) as KernelName[];

/** The asked kernel, else the guessed one. @throws VmtbenchError `guest.kernel` */
export function chooseKernel(object: ObjectFile, asked: string | undefined): KernelChoice {
  const hint = `Name it with --kernel: ${KERNELS.join(', ')}.`;
  if (asked !== undefined) {
    const name = KERNELS.find((known) => known === asked);
    if (name !== undefined) return { name, create: CREATE[name] };
    throw new VmtbenchError('guest.kernel', `unknown kernel ${asked}`, hint);
  }
  const guess = guessKernel(object);
  if (guess !== null) return { name: guess, create: CREATE[guess] };
  throw new VmtbenchError('guest.kernel', `${object.name}: its imports do not tell which kernel it is from`, hint);
}
