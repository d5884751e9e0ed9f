import type { KernelServices } from '../../guest/index.ts';
import type { Random } from '../../random.ts';

/** One processor's own variables. */
const AREA_SIZE = 0x4000;
/** Where the compiler looks for the canary (arch/x86: fixed_percpu_data; on i386 before Linux 5.12). */
const CANARY: Readonly<Record<4 | 8, bigint>> = { 8: 0x28n, 4: 0x14n };
/** Bytes that a name gets which nobody says more about. */
const SLOT = 64n;

/** What the `current` task is: opaque to modules, but for its address. */
const TASK_SIZE = 16384;

/** Variables by name, and how many bytes; `task`: its first word is the address of the current task. */
const VARIABLES: Readonly<Record<string, number | 'task' | 'canary'>> = {
  current_task: 'task',
  pcpu_hot: 'task',
  __stack_chk_guard: 'canary',
  __ref_stack_chk_guard: 'canary',
  __preempt_count: 4,
  this_cpu_off: 8,
  cpu_number: 4,
  cpu_info: 1024,
  cpu_tss_rw: 4096,
  vm_event_states: 2048,
  irq_stat: 256,
  softnet_data: 1024,
};

/**
 * The processor's own memory. On amd64 the variables' addresses are offsets, and GS has the base; on i386 they are
 * addresses, and FS has base 0.
 */
export class PerCpuArea {
  readonly base: bigint;
  /** Address of each variable as an object sees it. */
  readonly symbols: ReadonlyMap<string, bigint>;
  readonly #services: KernelServices;
  readonly #random: Random;

  constructor(services: KernelServices, random: Random) {
    this.#services = services;
    this.#random = random;
    this.base = services.reserve(AREA_SIZE, 4096);
    const symbols = new Map<string, bigint>();
    let at = 0x100n;
    for (const [name, size] of Object.entries(VARIABLES)) {
      symbols.set(name, services.wordSize === 8 ? at : this.base + at);
      at += typeof size === 'number' && BigInt(size) > SLOT ? BigInt(size) : SLOT;
    }
    this.symbols = symbols;
  }

  /** The counter by which inlined code forbids preemption: a variable of its own, from Linux 6.2 in pcpu_hot. */
  get preemptCount(): bigint {
    const { memory } = this.#services;
    return this.#counters().reduce((bits, at) => bits | memory.readUint(at, 4), 0n);
  }

  /** Counts as inlined code does: where that has begun to, if it has. */
  count(by: number): void {
    const { memory } = this.#services;
    const [own, hot] = this.#counters();
    const at = memory.readUint(hot, 4) === 0n ? own : hot;
    const sum = memory.readUint(at, 4) + BigInt(by);
    memory.writeUint(at, 4, sum < 0n ? 0n : BigInt.asUintN(32, sum));
  }

  #counters(): [own: bigint, hot: bigint] {
    const places = [this.symbols.get('__preempt_count'), this.symbols.get('pcpu_hot')] as [bigint, bigint];
    const [own, hot] = places.map((at) => (this.#services.wordSize === 8 ? this.base + at : at)) as [bigint, bigint];
    return [own, hot + BigInt(this.#services.wordSize)];
  }

  /** What the symbols of a module's own per-CPU section are off from where it lies. */
  shift(section: string): bigint {
    return this.#services.wordSize === 8 && section.startsWith('.data..percpu') ? -this.base : 0n;
  }

  /** Fills the area in and sets the segment register. */
  start(): void {
    const { memory, wordSize, reserve, setSegmentBase } = this.#services;
    // Its lowest byte is 0, so that no string runs over it.
    const secret = this.#random.bytes(wordSize);
    secret[0] = 0;
    memory.write(this.base + CANARY[wordSize], secret);
    for (const [name, at] of this.symbols) {
      const address = wordSize === 8 ? this.base + at : at;
      if (VARIABLES[name] === 'canary') memory.write(address, secret);
      if (VARIABLES[name] === 'task') memory.writeUint(address, wordSize, reserve(TASK_SIZE));
      if (name === 'this_cpu_off') memory.writeUint(address, wordSize, wordSize === 8 ? this.base : 0n);
    }
    setSegmentBase('gs', this.base);
  }
}
