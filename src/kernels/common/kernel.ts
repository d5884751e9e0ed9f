import type { ArgumentSource, CheckedMemory, InterfaceAddress, KernelServices } from '../../guest/index.ts';
import { Random } from '../random.ts';
import { formatText, type HasFormat } from './formatting.ts';

const SECOND = 1_000_000_000n;
/** Unix time at virtual time 0 unless somebody says otherwise, seconds. */
const BOOT_TIME = 1_706_745_600;

/** What every kernel's functions work with: memory, console, time. All of its state is plain data, or can be made so. */
export class Kernel implements HasFormat {
  readonly services: KernelServices;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  readonly random: Random;
  /** Unix time at virtual time 0, ns: a kernel's clock may be set. */
  clockOffset: bigint;
  /** Addresses with a name: `self` is the driver's own structure. */
  readonly names: Map<string, bigint> = new Map();
  /** By the name of an interface that the guest can see: gives it other addresses. */
  readonly network: Map<string, (addresses: readonly InterfaceAddress[]) => void> = new Map();

  /** @param seed of the kernel's random numbers: the same at every run. */
  constructor(services: KernelServices, seed: number, bootTime: number = BOOT_TIME) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    this.random = new Random(seed);
    this.clockOffset = BigInt(bootTime) * SECOND;
  }

  /** Virtual nanoseconds since the boot, for the guest to know. */
  get uptime(): bigint {
    return BigInt(Math.floor(this.services.clock.tell()));
  }

  /** Unix time, nanoseconds. */
  get wallClock(): bigint {
    return this.clockOffset + this.uptime;
  }

  print(text: string): void {
    this.services.console.print(text);
  }

  /** An interface that the guest can see: more than one list may have it. */
  addNetwork(name: string, assign: (addresses: readonly InterfaceAddress[]) => void): void {
    const before = this.network.get(name);
    this.network.set(name, (addresses) => {
      before?.(addresses);
      assign(addresses);
    });
  }

  /** The text of a format string. */
  format(text: bigint, args: ArgumentSource): string {
    return formatText(this, text, args);
  }

  /** A C string of the guest's. */
  readText(address: bigint, limit = 1024): string {
    return Buffer.from(this.memory.readCString(address, limit)).toString('latin1');
  }

  readWord(address: bigint): bigint {
    return this.memory.readUint(address, this.wordSize);
  }

  /** Stores the low bits of a value: a pointer or a long. */
  writeWord(address: bigint, value: bigint): void {
    this.memory.writeUint(address, this.wordSize, BigInt.asUintN(this.wordSize * 8, value));
  }

  /** The guest ends here: it gave up by itself. */
  panic(message: string): void {
    this.services.fail({ kind: 'panic', message });
  }
}
