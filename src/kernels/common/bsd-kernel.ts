import {
  type GuestOutcome,
  type KernelOptions,
  type KernelServices,
  type NetworkInterface,
  type PendingCall,
  parseInterface,
} from '../../guest/index.ts';
import { Kernel } from './kernel.ts';

/** Clock interrupts a second: `hz`. FreeBSD too has 100 in a virtual machine. */
export const HZ = 100;
export const TICK_NS: number = 1_000_000_000 / HZ;

/** What a callout calls; the callout is known by the address of its structure. */
export interface CalloutHandler {
  readonly function: bigint;
  readonly arg: bigint;
  /** A lock that is held while it runs, 0 for none. */
  readonly lock: bigint;
  /** The kernel's bits that say how. */
  readonly flags: number;
  /** It runs under the lock of old that every driver is attached under. */
  readonly giant: boolean;
}

export interface BsdState {
  readonly callouts: readonly (readonly [bigint, CalloutHandler])[];
  readonly queued: readonly PendingCall[];
  readonly locks: readonly (readonly [bigint, number])[];
  readonly closing: 'halt' | 'reboot' | null;
  readonly shutdown: 'halt' | 'reboot' | null;
  readonly clockOffset: bigint;
  readonly random: number;
}

/** What the kernels with callouts have in common. */
export class BsdKernel extends Kernel {
  readonly hostname: string;
  readonly interfaces: readonly NetworkInterface[];
  readonly addressTextAt: bigint;
  /** By the address of the struct callout: those that were initialised. */
  callouts: Map<bigint, CalloutHandler> = new Map();
  /** Callouts whose function is being called: only during a call. */
  readonly running: Set<bigint> = new Set();
  /** Calls that wait for a thread of the kernel's, in order. */
  queued: PendingCall[] = [];
  /** By address: how often a lock is held, or -1 for a writer. */
  locks: Map<bigint, number> = new Map();
  /** The machine goes down when the queued calls are done. */
  closing: 'halt' | 'reboot' | null = null;
  shutdown: 'halt' | 'reboot' | null = null;

  constructor(services: KernelServices, options: KernelOptions, hostname: string) {
    super(services, 0x42534443, options.bootTime);
    this.hostname = options.hostname ?? hostname;
    this.interfaces = (options.interfaces ?? []).map(parseInterface);
    this.addressTextAt = services.reserve(32);
  }

  /** A C string in memory of the kernel's own. */
  placeText(text: string): bigint {
    const bytes = Buffer.from(`${text}\0`, 'latin1');
    const address = this.services.reserve(bytes.length);
    this.memory.write(address, bytes);
    return address;
  }

  /** Down, once the drivers were told by these calls. The first reason counts. */
  powerDown(how: 'halt' | 'reboot', last: readonly PendingCall[]): void {
    if (this.closing !== null) return;
    this.closing = how;
    this.queued.push(...last);
  }

  /** What the guest asked for, once. */
  takeShutdown(): 'halt' | 'reboot' | null {
    const how = this.shutdown;
    this.shutdown = null;
    return how;
  }

  /** The next queued call; null if none is left, which is the end of a machine that goes down. */
  runQueued(): GuestOutcome | null {
    const next = this.queued.shift();
    const outcome = next === undefined ? null : this.services.perform(next);
    if (this.queued.length === 0 && this.closing !== null) {
      this.shutdown = this.closing;
      this.closing = null;
    }
    return outcome;
  }

  get hasQueued(): boolean {
    return this.queued.length > 0 || this.closing !== null;
  }

  snapshot(): BsdState {
    const { closing, shutdown, clockOffset } = this;
    return {
      callouts: [...this.callouts],
      queued: [...this.queued],
      locks: [...this.locks],
      closing,
      shutdown,
      clockOffset,
      random: this.random.state,
    };
  }

  restore(state: BsdState): void {
    this.callouts = new Map(state.callouts);
    this.queued = [...state.queued];
    this.locks = new Map(state.locks);
    this.closing = state.closing;
    this.shutdown = state.shutdown;
    this.clockOffset = state.clockOffset;
    this.random.state = state.random;
  }
}
