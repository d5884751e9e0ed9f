import type { CheckedMemory } from '../../checked-memory.ts';
import type { ArgumentSource } from '../../format/arguments.ts';
import type { GuestOutcome } from '../../outcome.ts';
import type { PendingCall, Services } from '../personality.ts';
import { Random } from '../random.ts';
import { formatText, type HasFormat } from './formatting.ts';

/** What a user may set about the system that the guest runs in. */
export interface BsdOptions {
  readonly hostname?: string;
  /** Unix time at virtual time 0, seconds. */
  readonly bootTime?: number;
}

/** Clock interrupts a second: `hz`. FreeBSD too has 100 in a virtual machine. */
export const HZ = 100;
export const TICK_NS: number = 1_000_000_000 / HZ;
const SECOND = 1_000_000_000n;

/** What a callout calls; the callout is known by the address of its structure. */
export interface CalloutHandler {
  readonly function: bigint;
  readonly arg: bigint;
  /** A lock that is held while it runs, 0 for none. */
  readonly lock: bigint;
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

/** What the kernels with callouts have in common. All of its state is plain data or can be made so. */
export class BsdKernel implements HasFormat {
  readonly services: Services;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  readonly hostname: string;
  readonly random: Random;
  /** By the address of the struct callout: those that were initialised. */
  callouts: Map<bigint, CalloutHandler> = new Map();
  /** Calls that wait for a thread of the kernel's, in order. */
  queued: PendingCall[] = [];
  /** By address: how often a lock is held, or -1 for a writer. */
  locks: Map<bigint, number> = new Map();
  /** The machine goes down when the queued calls are done. */
  closing: 'halt' | 'reboot' | null = null;
  shutdown: 'halt' | 'reboot' | null = null;
  /** Unix time at virtual time 0, ns: what tc_setclock sets. */
  clockOffset: bigint;
  /** Addresses with a name: `self`, `device`. */
  readonly names: Map<string, bigint> = new Map();

  constructor(services: Services, options: BsdOptions, hostname: string) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    this.hostname = options.hostname ?? hostname;
    this.clockOffset = BigInt(options.bootTime ?? 1_706_745_600) * SECOND;
    this.random = new Random(0x42534443);
  }

  /** Nanoseconds since the boot. */
  get uptime(): bigint {
    return BigInt(Math.floor(this.services.clock.now));
  }

  /** Unix time, nanoseconds. */
  get wallClock(): bigint {
    return this.clockOffset + this.uptime;
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

  /** A C string in memory of the kernel's own. */
  placeText(text: string): bigint {
    const bytes = Buffer.from(`${text}\0`, 'latin1');
    const address = this.services.reserve(bytes.length);
    this.memory.write(address, bytes);
    return address;
  }

  readWord(address: bigint): bigint {
    return this.memory.readUint(address, this.wordSize);
  }

  writeWord(address: bigint, value: bigint): void {
    this.memory.writeUint(address, this.wordSize, value);
  }

  panic(message: string): void {
    this.services.fail({ kind: 'panic', message });
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
    const outcome = next === undefined ? null : this.services.call(next.function, next.args).outcome;
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
