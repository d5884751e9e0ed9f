import {
  type Context,
  type KernelOptions,
  type KernelServices,
  type NetworkInterface,
  type PendingCall,
  parseInterface,
} from '../../guest/index.ts';
import { InterruptLevel } from '../common/interrupt-level.ts';
import { Kernel } from '../common/kernel.ts';
import { AF_INET6, type Offsets, offsetsOf } from './offsets.ts';

/** Clock interrupts a second: `hz`. */
export const HZ = 100;
export const TICK_NS: number = 1_000_000_000 / HZ;

/** What a timeout or a task calls; both are known by the address of their structure. */
interface Handler {
  readonly function: bigint;
  readonly arg: bigint;
}

/** A timeout runs as a soft interrupt, or in a thread of the kernel's. */
interface TimeoutHandler extends Handler {
  readonly context: Context;
}

interface KernelState {
  readonly timeouts: readonly (readonly [bigint, TimeoutHandler])[];
  readonly tasks: readonly (readonly [bigint, Handler])[];
  readonly queued: readonly bigint[];
  readonly deferred: readonly PendingCall[];
  readonly locks: readonly (readonly [bigint, number])[];
  readonly mutexes: readonly (readonly [bigint, number])[];
  readonly powerDown: PendingCall | null;
  readonly closing: 'halt' | 'reboot' | null;
  readonly shutdown: 'halt' | 'reboot' | null;
  readonly random: number;
}

/** The state of the OpenBSD kernel that the stub functions work on. */
export class OpenBsdKernel extends Kernel {
  readonly offsets: Offsets;
  readonly hostname: string;
  readonly interfaces: readonly NetworkInterface[];
  /** By the address of the struct timeout: what timeout_set said. */
  timeouts: Map<bigint, TimeoutHandler> = new Map();
  /** By the address of the struct task: what task_set said. */
  tasks: Map<bigint, Handler> = new Map();
  /** Tasks that wait for their thread, in order. */
  queued: bigint[] = [];
  /** Calls that wait for the root file system. */
  deferred: PendingCall[] = [];
  /** By address: readers, or -1 for a writer. */
  locks: Map<bigint, number> = new Map();
  /** By the address of a struct mutex: the level that __mtx_init said. */
  mutexes: Map<bigint, number> = new Map();
  readonly spl: InterruptLevel = new InterruptLevel();
  /** What the driver wants to be told before the power goes. */
  powerDown: PendingCall | null = null;
  /** The machine goes down when the call that asked for it is over. */
  closing: 'halt' | 'reboot' | null = null;
  shutdown: 'halt' | 'reboot' | null = null;
  readonly addressTextAt: bigint;
  readonly inet6: number = AF_INET6;

  constructor(services: KernelServices, options: KernelOptions) {
    super(services, 0x4f424344, options.bootTime);
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.hostname = options.hostname ?? 'puffy.example.org';
    this.interfaces = (options.interfaces ?? []).map(parseInterface);
    this.addressTextAt = services.reserve(32);
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

  snapshot(): KernelState {
    return {
      timeouts: [...this.timeouts],
      tasks: [...this.tasks],
      queued: [...this.queued],
      deferred: [...this.deferred],
      locks: [...this.locks],
      mutexes: [...this.mutexes],
      powerDown: this.powerDown,
      closing: this.closing,
      shutdown: this.shutdown,
      random: this.random.state,
    };
  }

  restore(state: unknown): void {
    const { timeouts, tasks, queued, deferred, locks, mutexes, powerDown, closing, shutdown, random } =
      state as KernelState;
    this.timeouts = new Map(timeouts);
    this.tasks = new Map(tasks);
    this.queued = [...queued];
    this.deferred = [...deferred];
    this.locks = new Map(locks);
    this.mutexes = new Map(mutexes);
    this.powerDown = powerDown;
    this.closing = closing;
    this.shutdown = shutdown;
    this.random.state = random;
  }
}
