import {
  type GuestOutcome,
  interfaceOctets,
  type KernelFacts,
  type KernelOptions,
  type KernelServices,
  type NetworkInterface,
  type PendingCall,
} from '../../guest/index.ts';
import { ADDRESS_KEYS, type StateCell, Table } from '../../state.ts';
import { Kernel, type KernelState } from './kernel.ts';

/** Clock interrupts a second: `hz`. FreeBSD too has 100 in a virtual machine. */
export const HZ = 100;
export const TICK_NS: number = 1_000_000_000 / HZ;

/** What rules and commands must know of each of them. */
export const BSD_FACTS: KernelFacts = {
  boots: true,
  userSpace: false,
  driversTick: true,
  shutsDriversDown: true,
  driversKeepTclo: true,
};

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

/** What a run changes in a kernel of a BSD. */
export interface BsdState extends KernelState {
  /** By the address of the struct callout: those that were initialised. */
  callouts: Record<string, CalloutHandler>;
  /** Callouts whose function is being called. */
  running: Record<string, true>;
  /** Calls that wait for a thread of the kernel's, in order. */
  queued: PendingCall[];
  /** Calls that wait until the machine is up. */
  deferred: PendingCall[];
  /** By address: how often a lock is held, or -1 for a writer. */
  locks: Record<string, number>;
  /** The machine goes down when the queued calls are done. */
  closing: 'halt' | 'reboot' | null;
  shutdown: 'halt' | 'reboot' | null;
}

/** What sets one BSD off from the others. */
export interface BsdTraits {
  /** Of its random numbers. */
  readonly seed: number;
  readonly hostname: string;
  /** Its soft interrupts have threads, which can sleep for a lock. */
  readonly softInterruptsSleep: boolean;
}

/** What the kernels of the BSDs have in common. */
export class BsdKernel extends Kernel {
  declare readonly state: StateCell<BsdState>;
  readonly hostname: string;
  readonly softInterruptsSleep: boolean;
  readonly interfaces: readonly NetworkInterface[];
  readonly addressTextAt: bigint;
  readonly callouts: Table<bigint, CalloutHandler> = addressTable(
    () => this.state.now.callouts,
    () => this.state.change.callouts,
  );
  readonly running: Table<bigint, true> = addressTable(
    () => this.state.now.running,
    () => this.state.change.running,
  );
  readonly locks: Table<bigint, number> = addressTable(
    () => this.state.now.locks,
    () => this.state.change.locks,
  );

  /** @param own what more its state begins with. */
  constructor(services: KernelServices, options: KernelOptions, traits: BsdTraits, own: object) {
    const empty = { callouts: {}, running: {}, queued: [], deferred: [], locks: {}, closing: null, shutdown: null };
    const first: Omit<BsdState, keyof KernelState> = empty;
    super(services, traits.seed, { ...first, ...own }, options.bootTime);
    this.hostname = options.hostname ?? traits.hostname;
    this.softInterruptsSleep = traits.softInterruptsSleep;
    this.interfaces = (options.interfaces ?? []).map(interfaceOctets);
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
    const { change } = this.state;
    if (change.closing !== null) return;
    change.closing = how;
    change.queued.push(...last);
  }

  /** What the guest asked for, once. */
  takeShutdown(): 'halt' | 'reboot' | null {
    const how = this.state.now.shutdown;
    if (how !== null) this.state.change.shutdown = null;
    return how;
  }

  /** The next queued call; null if none is left, which is the end of a machine that goes down. */
  runQueued(): GuestOutcome | null {
    const next = this.state.change.queued.shift();
    const outcome = next === undefined ? null : this.services.perform(next);
    const { queued, closing } = this.state.now;
    if (queued.length === 0 && closing !== null) {
      this.state.change.shutdown = closing;
      this.state.change.closing = null;
    }
    return outcome;
  }

  get hasQueued(): boolean {
    const { queued, closing } = this.state.now;
    return queued.length > 0 || closing !== null;
  }

  /** The machine is up: what waited for it runs, in the order it was asked for. */
  runDeferred(): GuestOutcome | null {
    for (let next = this.#nextDeferred(); next !== undefined; next = this.#nextDeferred()) {
      const outcome = this.services.perform(next);
      if (outcome !== null) return outcome;
    }
    return null;
  }

  #nextDeferred(): PendingCall | undefined {
    return this.state.now.deferred.length === 0 ? undefined : this.state.change.deferred.shift();
  }
}

/** A table of a kernel's by guest addresses. */
export function addressTable<V>(
  now: () => Readonly<Record<string, V>>,
  change: () => Record<string, V>,
): Table<bigint, V> {
  return new Table(ADDRESS_KEYS, now, change);
}
