import type { ArgumentSource, CheckedMemory, InterfaceAddress, KernelServices } from '../../guest/index.ts';
import { KERNEL_MIX, Random } from '../../random.ts';
import { type StateCell, Table, TEXT_KEYS } from '../../state.ts';
import { formatText, type HasFormat } from './formatting.ts';

const SECOND = 1_000_000_000n;
/** Unix time at virtual time 0 unless somebody says otherwise, seconds. */
const BOOT_TIME = 1_706_745_600;

/** What a run changes in every kernel. */
export interface KernelState {
  /** Of the kernel's random numbers. */
  random: number;
  /** Unix time at virtual time 0, ns: a kernel's clock may be set. */
  clockOffset: bigint;
  /** Addresses with a name: `self` is the driver's own structure. */
  names: Record<string, bigint>;
}

/** What every kernel's functions work with: memory, console, time. All that a run changes is in its state. */
export class Kernel implements HasFormat {
  /** A kernel with more in it declares its own type, and gives the rest of it to the constructor. */
  readonly state: StateCell<KernelState>;
  readonly services: KernelServices;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  readonly random: Random;
  readonly names: Table<string, bigint>;
  /** By the name of an interface that the guest can see: gives it other addresses. */
  readonly network: Map<string, (addresses: readonly InterfaceAddress[]) => void> = new Map();

  /**
   * @param seed of the kernel's random numbers: the same at every run.
   * @param own what more its state begins with.
   */
  constructor(services: KernelServices, seed: number, own: object, bootTime: number = BOOT_TIME) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    const first: KernelState = { random: seed, clockOffset: BigInt(bootTime) * SECOND, names: {} };
    const state = services.states.cell<KernelState>('kernel', { ...first, ...own });
    this.state = state;
    this.random = new Random(state, KERNEL_MIX);
    this.names = new Table(
      TEXT_KEYS,
      () => state.now.names,
      () => state.change.names,
    );
  }

  /** Virtual nanoseconds since the boot, for the guest to know. */
  get uptime(): bigint {
    return BigInt(Math.floor(this.services.clock.tell()));
  }

  /** Unix time, nanoseconds. */
  get wallClock(): bigint {
    return this.state.now.clockOffset + this.uptime;
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

  /** Why nothing may sleep now; null: all may. A kernel adds what else forbids it. */
  get noSleep(): string | null {
    return this.services.context() === 'softint' ? 'in a soft interrupt' : null;
  }

  /** The guest ends here: it gave up by itself. */
  panic(message: string): void {
    this.services.fail({ kind: 'panic', message });
  }
}
