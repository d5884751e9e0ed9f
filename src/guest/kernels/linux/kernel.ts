import type { CheckedMemory } from '../../checked-memory.ts';
import type { ArgumentSource } from '../../format/arguments.ts';
import { formatText, type HasFormat } from '../common/formatting.ts';
import type { PendingCall, Services } from '../personality.ts';
import { Random } from '../random.ts';
import { PageAllocator } from './pages.ts';
import { PerCpuArea } from './percpu.ts';

/** What a user may set about the Linux kernel around a module. */
export interface LinuxOptions {
  /** Applies .altinstructions by what CPUID says, as the kernel does. Without it the code runs as it was compiled. */
  readonly alternatives?: boolean;
}

/** CONFIG_HZ of Debian's kernels. */
export const HZ = 250;
export const TICK_NS: number = 1_000_000_000 / HZ;
/** jiffies starts five minutes before it wraps around 32 bits (include/linux/jiffies.h). */
const INITIAL_JIFFIES = 0x100000000n - BigInt(300 * HZ);
/** Unix time at virtual time 0, seconds. */
const BOOT_TIME = 1_706_745_600;

interface KernelState {
  readonly probes: readonly PendingCall[];
  readonly pages: ReturnType<PageAllocator['snapshot']>;
  readonly inputs: number;
  readonly random: number;
}

/** The state of the Linux kernel that the stub functions work on. Plain data, or can be made so. */
export class LinuxKernel implements HasFormat {
  readonly services: Services;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  readonly perCpu: PerCpuArea;
  readonly pages: PageAllocator;
  readonly random: Random = new Random(0x4c4e58);
  /** Drivers that wait to be told of their device, in the order of registration. */
  probes: PendingCall[] = [];
  /** Input devices so far. */
  inputs = 0;
  /** Addresses with a name. */
  readonly names: Map<string, bigint> = new Map();
  readonly #jiffies: bigint;

  constructor(services: Services) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    this.perCpu = new PerCpuArea(services, this.random);
    this.pages = new PageAllocator(services);
    this.#jiffies = services.reserve(16);
  }

  /** Virtual nanoseconds since the start. */
  get now(): number {
    return this.services.clock.now;
  }

  /** Nanoseconds since 1970. */
  get wallClock(): bigint {
    return BigInt(BOOT_TIME) * 1_000_000_000n + BigInt(Math.floor(this.now));
  }

  get jiffies(): bigint {
    return BigInt.asUintN(this.wordSize * 8, INITIAL_JIFFIES + BigInt(Math.floor(this.now / TICK_NS)));
  }

  get jiffiesAddress(): bigint {
    return this.#jiffies;
  }

  /** The variable that the guest reads without asking. */
  refreshJiffies(): void {
    this.writeWord(this.#jiffies, this.jiffies);
  }

  /** Time passes while a thread sleeps. */
  pass(nanoseconds: number): void {
    this.services.clock.now += nanoseconds;
    this.refreshJiffies();
  }

  print(text: string): void {
    this.services.console.print(text);
  }

  /** A line of the kernel's log: without its level, which is a control character and a letter. */
  log(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: KERN_SOH is one
    this.print(text.replace(/\u0001[0-7cd]?/g, ''));
  }

  format(text: bigint, args: ArgumentSource): string {
    return formatText(this, text, args);
  }

  /** A C string of the guest's. */
  readText(address: bigint, limit = 4096): string {
    return address === 0n ? '(null)' : Buffer.from(this.memory.readCString(address, limit)).toString('latin1');
  }

  panic(message: string): void {
    this.services.fail({ kind: 'panic', message });
  }

  readWord(address: bigint): bigint {
    return this.memory.readUint(address, this.wordSize);
  }

  writeWord(address: bigint, value: bigint): void {
    this.memory.writeUint(address, this.wordSize, BigInt.asUintN(this.wordSize * 8, value));
  }

  /** An address that many words further. */
  field(structure: bigint, words: number): bigint {
    return structure + BigInt(words * this.wordSize);
  }

  snapshot(): KernelState {
    const { probes, inputs, random } = this;
    return { probes: [...probes], pages: this.pages.snapshot(), inputs, random: random.state };
  }

  restore(state: unknown): void {
    const { probes, pages, inputs, random } = state as KernelState;
    this.probes = [...probes];
    this.pages.restore(pages);
    this.inputs = inputs;
    this.random.state = random;
  }
}
