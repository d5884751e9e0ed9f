import { bindStubs, type KernelModel, type KernelServices } from '../guest/index.ts';
import type { Image } from '../object/index.ts';
import { createThread, runConstructors, threadLocals } from './common/thread.ts';
import { Random } from './random.ts';

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
      if (image.tls !== null) thread.tlsBlock = createThread(services, image, new Random(0x42415245));
    },
    boot: () => (loaded === null ? null : runConstructors(services, loaded)),
    step: () => null,
    nextDeadline: () => null,
    snapshot: () => null,
    restore: () => {},
  };
}
