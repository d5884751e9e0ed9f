import { bindStubs, type KernelModel, type KernelServices } from '../../guest/index.ts';
import type { Image } from '../../object/index.ts';
import { formatting } from '../common/formatting.ts';
import { bytes, strings } from '../common/strings.ts';
import { createThread, runConstructors, threadLocals } from '../common/thread.ts';
import { memory } from './memory.ts';
import { printing } from './printing.ts';
import { UserProcess } from './process.ts';
import { locks, processes, time } from './system.ts';
import { xdr } from './xdr.ts';

/** The kernel model of user space: a process with a shared library, and stubs for the libc and glib functions that
 * backdoor code calls. */
export function createUser(services: KernelServices): KernelModel {
  const user = new UserProcess(services);
  let loaded: Image | null = null;
  const stream = { size: 16 };
  return {
    name: 'user',
    facts: {
      boots: false,
      userSpace: true,
      driversTick: false,
      shutsDriversDown: false,
      driversKeepTclo: true,
    },
    stubs: bindStubs<UserProcess>(
      user,
      strings,
      bytes,
      formatting,
      memory,
      printing,
      processes,
      time,
      locks,
      threadLocals,
      xdr,
    ),
    data: { stdin: stream, stdout: stream, stderr: stream },
    names: new Map(),
    takeShutdown: () => null,
    loaded: (image) => {
      loaded = image;
      user.tlsBlock = createThread(services, image, user.random);
    },
    boot: () => (loaded === null ? null : runConstructors(services, loaded)),
    step: () => null,
    nextDeadline: () => null,
  };
}
