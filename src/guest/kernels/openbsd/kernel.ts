import type { CheckedMemory } from '../../checked-memory.ts';
import type { ArgumentSource } from '../../format/arguments.ts';
import { formatText, type HasFormat } from '../common/formatting.ts';
import type { PendingCall, Services } from '../personality.ts';
import { Random } from '../random.ts';
import type { NetworkInterfaceOptions } from './interfaces.ts';
import { type Offsets, offsetsOf } from './offsets.ts';

/** What a user may set about the system that the guest runs in. */
export interface OpenBsdOptions {
  readonly hostname?: string;
  /** Unix time at virtual time 0, seconds. */
  readonly bootTime?: number;
  /** The network: what `ifnetlist` holds. */
  readonly interfaces?: readonly NetworkInterfaceOptions[];
}

/** Clock interrupts a second: `hz`. */
export const HZ = 100;
export const TICK_NS: number = 1_000_000_000 / HZ;

/** What a timeout or a task calls; both are known by the address of their structure. */
interface Handler {
  readonly function: bigint;
  readonly arg: bigint;
}

interface KernelState {
  readonly timeouts: readonly (readonly [bigint, Handler])[];
  readonly tasks: readonly (readonly [bigint, Handler])[];
  readonly queued: readonly bigint[];
  readonly deferred: readonly PendingCall[];
  readonly locks: readonly (readonly [bigint, number])[];
  readonly shutdown: 'halt' | 'reboot' | null;
  readonly random: number;
}

/** The state of the OpenBSD kernel that the stub functions work on. All of it is plain data or can be made so. */
export class OpenBsdKernel implements HasFormat {
  readonly services: Services;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  readonly offsets: Offsets;
  readonly hostname: string;
  /** Unix time at virtual time 0, seconds. */
  readonly bootTime: number;
  readonly interfaces: readonly NetworkInterfaceOptions[];
  /** By the address of the struct timeout: what timeout_set said. */
  timeouts: Map<bigint, Handler> = new Map();
  /** By the address of the struct task: what task_set said. */
  tasks: Map<bigint, Handler> = new Map();
  /** Tasks that wait for their thread, in order. */
  queued: bigint[] = [];
  /** Calls that wait for the root file system. */
  deferred: PendingCall[] = [];
  /** By address: readers, or -1 for a writer. */
  locks: Map<bigint, number> = new Map();
  shutdown: 'halt' | 'reboot' | null = null;
  readonly random: Random;
  /** Addresses with a name: `self`, `aux`, `hv`. */
  readonly names: Map<string, bigint> = new Map();
  /** Where ether_sprintf keeps its text. */
  readonly etherText: bigint;

  constructor(services: Services, options: OpenBsdOptions) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.hostname = options.hostname ?? 'puffy.example.org';
    this.bootTime = options.bootTime ?? 1_706_745_600;
    this.interfaces = options.interfaces ?? [];
    this.random = new Random(0x4f424344);
    this.etherText = services.reserve(32);
  }

  get now(): number {
    return this.services.clock.now;
  }

  print(text: string): void {
    this.services.console.print(text);
  }

  /** The text of a format string. */
  format(text: bigint, args: ArgumentSource): string {
    return formatText(this, text, args);
  }

  /** A C string of the guest's. */
  readText(address: bigint): string {
    return Buffer.from(this.memory.readCString(address, 1024)).toString('latin1');
  }

  /** dv_xname of a struct device. */
  deviceName(device: bigint): string {
    return this.readText(device + BigInt(this.offsets.dvXname));
  }

  /** What the guest asked for, once. */
  takeShutdown(): 'halt' | 'reboot' | null {
    const how = this.shutdown;
    this.shutdown = null;
    return how;
  }

  panic(message: string): void {
    this.services.fail({ kind: 'panic', message });
  }

  readWord(address: bigint): bigint {
    return this.memory.readUint(address, this.wordSize);
  }

  writeWord(address: bigint, value: bigint): void {
    this.memory.writeUint(address, this.wordSize, value);
  }

  snapshot(): KernelState {
    return {
      timeouts: [...this.timeouts],
      tasks: [...this.tasks],
      queued: [...this.queued],
      deferred: [...this.deferred],
      locks: [...this.locks],
      shutdown: this.shutdown,
      random: this.random.state,
    };
  }

  restore(state: unknown): void {
    const { timeouts, tasks, queued, deferred, locks, shutdown, random } = state as KernelState;
    this.timeouts = new Map(timeouts);
    this.tasks = new Map(tasks);
    this.queued = [...queued];
    this.deferred = [...deferred];
    this.locks = new Map(locks);
    this.shutdown = shutdown;
    this.random.state = random;
  }
}
