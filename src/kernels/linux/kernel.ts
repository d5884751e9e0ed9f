import type { CopiedCode, GuestOutcome, KernelServices, PendingCall, PointerArgument } from '../../guest/index.ts';
import { ADDRESS_KEYS, type StateCell, Table } from '../../state.ts';
import { Kernel, type KernelState } from '../common/kernel.ts';
import type { BugTable } from './bugs.ts';
import { type Offsets, offsetsOf } from './offsets.ts';
import { PageAllocator } from './pages.ts';
import { PerCpuArea } from './percpu.ts';
import { pointerText } from './pointers.ts';
import { SLEEPING_UNLOCKS } from './sleeping-locks.ts';

/** CONFIG_HZ of Debian's kernels. */
export const HZ = 250;
export const TICK_NS: number = 1_000_000_000 / HZ;
/** jiffies starts five minutes before it wraps around 32 bits (include/linux/jiffies.h). */
const INITIAL_JIFFIES = 0x100000000n - BigInt(300 * HZ);

/** SOFTIRQ_MASK, HARDIRQ_MASK and NMI_MASK of the preemption counter (include/linux/preempt.h). */
const BOTTOM_HALVES_OFF = 0xffff00n;
/** SOFTIRQ_OFFSET: by it code knows that it is a bottom half. */
const SOFTIRQ = 0x100;

/** KERN_SOH and the letter behind it (include/linux/kern_levels.h). */
const LOG_LEVEL = new RegExp(`${String.fromCharCode(1)}[0-7cd]?`, 'g');

/** What a run changes in a Linux kernel. */
interface LinuxState extends KernelState {
  /** Drivers that wait to be told of their device, in the order of registration. */
  probes: PendingCall[];
  /** Input devices so far. */
  inputs: number;
  /** Plain spinlocks that are held, by address. */
  spinning: Record<string, true>;
  /** The files that the object has made: the struct file_operations by what stands for the file. */
  files: Record<string, bigint>;
  /** Mutexes and read-write semaphores that are held, by address: how many readers, or -1. */
  sleepingLocks: Record<string, number>;
  /** A timer runs that preempts a process. */
  between: boolean;
}

const newState = (): Omit<LinuxState, keyof KernelState> => ({
  probes: [],
  inputs: 0,
  spinning: {},
  files: {},
  sleepingLocks: {},
  between: false,
});

/** The state of the Linux kernel that the stub functions work on. */
export class LinuxKernel extends Kernel {
  declare readonly state: StateCell<LinuxState>;
  readonly offsets: Offsets;
  readonly perCpu: PerCpuArea;
  readonly pages: PageAllocator;
  /** What the object says at its WARNs and BUGs. Known once it is linked. */
  bugTable: BugTable | null = null;
  /** By .altinstructions. Known once it is linked. */
  copiedCode: readonly CopiedCode[] = [];
  readonly spinning: Table<bigint, true> = new Table(
    ADDRESS_KEYS,
    () => this.state.now.spinning,
    () => this.state.change.spinning,
  );
  readonly files: Table<bigint, bigint> = new Table(
    ADDRESS_KEYS,
    () => this.state.now.files,
    () => this.state.change.files,
  );
  readonly sleepingLocks: Table<bigint, number> = new Table(
    ADDRESS_KEYS,
    () => this.state.now.sleepingLocks,
    () => this.state.change.sleepingLocks,
  );
  /** The object calls what gives sleeping locks back. */
  readonly seesSleepingUnlock: boolean;
  /** The object calls what gives a plain spinlock back. */
  readonly seesUnlock: boolean;
  readonly #jiffies: bigint;

  constructor(services: KernelServices) {
    super(services, 0x4c4e58, newState());
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.perCpu = new PerCpuArea(services, this.random);
    this.pages = new PageAllocator(services, this.offsets.pageSize);
    this.#jiffies = services.reserve(16);
    const names = new Set(services.object.symbols.map(({ name }) => name));
    this.seesUnlock = names.has('_raw_spin_unlock');
    this.seesSleepingUnlock = SLEEPING_UNLOCKS.some((name) => names.has(name));
  }

  /** A timer runs that preempts a process. */
  get between(): boolean {
    return this.state.now.between;
  }

  /** Virtual nanoseconds since the start. */
  get now(): number {
    return this.services.clock.now;
  }

  get jiffies(): bigint {
    return BigInt.asUintN(
      this.wordSize * 8,
      INITIAL_JIFFIES + BigInt(Math.floor(this.services.clock.tell() / TICK_NS)),
    );
  }

  get jiffiesAddress(): bigint {
    return this.#jiffies;
  }

  /** The variable that the guest reads without asking. */
  refreshJiffies(): void {
    this.writeWord(this.#jiffies, this.jiffies);
  }

  /** The call begins: the clock's variable is right, and a process holds no lock that another one forgot. */
  entering(): void {
    if (!this.between) this.spinning.clear();
    this.refreshJiffies();
  }

  /** Whether bottom halves run, as far as the counter says that inlined code keeps, too. */
  get open(): boolean {
    return (this.perCpu.preemptCount & BOTTOM_HALVES_OFF) === 0n;
  }

  /** Plain spinlocks count where the object is seen to give them back. */
  override get noSleep(): string | null {
    const why = super.noSleep ?? (this.spinning.size > 0 ? 'under a spinlock' : null);
    return why ?? (this.open && this.interruptsOn ? null : 'with bottom halves or interrupts off');
  }

  get interruptsOn(): boolean {
    const on = this.services.setInterrupts(false);
    this.services.setInterrupts(on);
    return on;
  }

  /** The next work, or a timer: that is a bottom half. */
  perform(call: PendingCall): GuestOutcome | null {
    if (call.context === 'process') return this.services.perform(call);
    this.perCpu.count(SOFTIRQ);
    const outcome = this.services.perform(call);
    this.perCpu.count(-SOFTIRQ);
    return outcome;
  }

  /** A timer that preempts a process. */
  comeBetween(call: PendingCall): GuestOutcome | null {
    this.state.change.between = true;
    const outcome = this.perform(call);
    this.state.change.between = false;
    return outcome;
  }

  /** Time passes while a thread sleeps. */
  pass(nanoseconds: number): void {
    this.services.clock.now += nanoseconds;
    this.refreshJiffies();
  }

  /** A line of the kernel's log: without its level, which is a control character and a letter. */
  log(text: string): void {
    this.print(text.replace(LOG_LEVEL, ''));
  }

  /** A C string of the guest's; NULL has a text of its own here. */
  override readText(address: bigint, limit = 4096): string {
    return address === 0n ? '(null)' : super.readText(address, limit);
  }

  /** The text of a %p and the letters behind it. */
  pointerText(argument: PointerArgument): Uint8Array {
    return pointerText(this, argument);
  }

  /** A pointer in a structure. */
  pointerAt(structure: bigint, offset: number): bigint {
    return this.readWord(structure + BigInt(offset));
  }

  /** An address that many words further. */
  field(structure: bigint, words: number): bigint {
    return structure + BigInt(words * this.wordSize);
  }
}
