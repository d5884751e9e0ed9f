import { bindStubs, type KernelModel, type KernelServices } from '../guest/index.ts';
import type { Image } from '../object/index.ts';
import { KERNEL_MIX, Random } from '../random.ts';
import { createThread, runConstructors, threadLocals } from './common/thread.ts';

/** Nothing around the object: for code that needs nothing, called function by function. */
export function createBare(services: KernelServices): KernelModel {
  const { memory, wordSize } = services;
  const thread = { tlsBlock: 0n, wordSize, readWord: (address: bigint) => memory.readUint(address, wordSize) };
  let loaded: Image | null = null;
  return {
    name: 'bare',
    facts: {
      boots: false,
      userSpace: false,
      driversTick: false,
      shutsDriversDown: false,
      driversKeepTclo: true,
    },
    stubs: bindStubs(thread, threadLocals),
    data: {},
    names: new Map(),
    takeShutdown: () => null,
    loaded: (image) => {
      loaded = image;
      // Nothing random is left when it runs.
      if (image.tls !== null) thread.tlsBlock = createThread(services, image, new Random(0x42415245, KERNEL_MIX));
    },
    boot: () => (loaded === null ? null : runConstructors(services, loaded)),
    step: () => null,
    nextDeadline: () => null,
  };
}
