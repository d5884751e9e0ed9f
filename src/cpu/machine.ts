import { AccessWatch } from './access-watch.ts';
import { answerCpuid, cpuidLeaves } from './cpuid.ts';
import { type Bits, decode } from './decode.ts';
import {
  engineFault,
  type Fault,
  interruptFault,
  interruptLength,
  invalidOpcode,
  MISUSES,
  type Misuse,
  memoryFault,
  misuseFault,
  type Stop,
} from './fault.ts';
import { GuestMemory } from './guest-memory.ts';
import type { MachineOptions, MachineSnapshot, Vmcall, VmcallResult } from './machine-types.ts';
import { PROTECTION_BITS, type Region } from './memory.ts';
import { addon, type NativeContext, type NativeEngine, STATE, STOP } from './native.ts';
import { type CpuPortAccess, PortIo } from './port-io.ts';
import { locateRead } from './read-fault.ts';
import { type RegisterName, Registers, SYSTEM_REGISTERS, type SystemRegister } from './registers.ts';
import { loadSegment } from './segments.ts';
import { TscTraps } from './tsc.ts';

/** A guest that runs this many blocks without coming back is taken to hang. */
const DEFAULT_BLOCKS = 50_000_000;

/** RFLAGS.IF */
const INTERRUPT_FLAG = 0x200n;

/** Bytes that the engine translates in one go, at most. */
const LONGEST_BLOCK = 4096;

/**
 * One x86 processor and its memory. Ports, hypercalls and the time stamp counter are answered by whoever sets the
 * callbacks; everything else a guest does wrong ends `run` with a fault, as a value.
 */
export class Machine extends GuestMemory {
  readonly bits: Bits;
  readonly registers: Registers;
  /** Serves every port access; without it ports read all ones. */
  onPort: ((access: CpuPortAccess) => void) | null = null;
  /** Serves VMCALL and VMMCALL; without it they are invalid opcodes. */
  onVmcall: ((call: Vmcall) => VmcallResult) | null = null;
  /** The guest was told what time it is: set whenever it is, for the owner to clear. */
  timeRead = false;
  readonly #engine: NativeEngine;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  readonly #quads: BigUint64Array;
  #segmentBases = { fs: 0n, gs: 0n };
  readonly #tsc: TscTraps;
  readonly #watch: AccessWatch;
  #watching = false;
  /** A hypercall, which the engine does not run, is to be preempted behind. */
  #preempting = false;
  /** What the memory checker had against a string I/O of this run. */
  #objection: Fault | null = null;

  /** @throws VmtbenchError `cpu.addon` where the addon cannot be loaded. */
  constructor(options: MachineOptions) {
    super();
    const { bits, tscKhz = 3_000_000, busKhz = 66_000, hypercall = 'port', hypervisor = 'VMwareVMware' } = options;
    const { accessNs = 1000, blockNs = 1 } = options;
    const state = new ArrayBuffer(STATE.size);
    this.bits = bits;
    this.registers = new Registers(state);
    this.#words = new Uint32Array(state);
    this.#floats = new Float64Array(state);
    this.#quads = new BigUint64Array(state);
    this.#floats[STATE.accessNs / 8] = accessNs;
    this.#floats[STATE.blockNs / 8] = blockNs;
    this.#tsc = new TscTraps(tscKhz);
    this.#watch = new AccessWatch(bits);
    const leaves = cpuidLeaves({ tscKhz, busKhz, hypercall, hypervisor });
    const io = new PortIo(this.#words, {
      bits,
      space: this.space,
      registers: this.registers,
      readSystem: (name) => this.readSystem(name),
      segmentBase: (segment) => this.segmentBase(segment),
      serve: (access) => this.#servePort(access),
      wrote: (region, offset, length) => this.wrote(region, offset, length),
      overruns: (address, length) => this.overruns(address, length),
      object: (misuse, address, length) => this.#object(misuse, io.pc, address, length),
    });
    this.#engine = new (addon().Engine)(bits, new Uint8Array(state), {
      onPort: () => io.handle(),
      locate: () => io.locate(this.#block(), this.#quads[STATE.block / 8] as bigint),
      onCpuid: () => answerCpuid(leaves, this.registers),
      onTrap: () => this.#tsc.answer(this),
      onWatch: () => this.#watch.look(this.#block(), this.#quads[STATE.block / 8] as bigint),
    });
  }

  /** Virtual time in nanoseconds. Blocks and port accesses advance it; the owner may set it forward between runs. */
  get now(): number {
    return this.#floats[STATE.now / 8] as number;
  }
  set now(value: number) {
    this.#floats[STATE.now / 8] = value;
  }

  /** A register outside the general ones, such as a segment base. */
  readSystem(name: SystemRegister): bigint {
    return this.#engine.readRegister(SYSTEM_REGISTERS[name]);
  }

  writeSystem(name: SystemRegister, value: bigint): void {
    this.#engine.writeRegister(SYSTEM_REGISTERS[name], value);
  }

  /** The base that an FS or GS prefix adds. In 32-bit mode a descriptor table is made in the last page for it. */
  setSegmentBase(segment: 'fs' | 'gs', base: bigint): void {
    if (this.bits === 64) this.writeSystem(`${segment}Base`, base);
    else loadSegment(this, segment, base, (address, limit) => this.#engine.setDescriptorTable(address, limit));
    this.#segmentBases[segment] = base;
  }

  segmentBase(segment: 'fs' | 'gs'): bigint {
    return this.bits === 64 ? this.readSystem(`${segment}Base`) : this.#segmentBases[segment];
  }

  /** Runs from `pc` until HLT, a fault, `stop()` or the end of the budget. In 16-bit mode `pc` is linear. */
  run(pc: bigint, budget: { readonly blocks?: number } = {}): Stop {
    this.#floats[STATE.blocksLeft / 8] = budget.blocks ?? DEFAULT_BLOCKS;
    this.registers.rip = pc;
    this.#objection = null;
    this.#preempting = false;
    for (;;) {
      this.#tsc.set((first, last) => this.#engine.trapInstruction(first, last));
      this.#watch.set((access, next) => this.#engine.stopBehind(access, next));
      const code = this.#engine.run();
      const at = this.registers.rip;
      if (code === STOP.halt) return { reason: 'halt', pc: at - 1n };
      if (code === STOP.budget) return { reason: 'budget', pc: at };
      if (code === STOP.preempted) return { reason: 'preempted', pc: at };
      if (code === STOP.watch) continue;
      const objection = code === STOP.stopped ? (this.#objection as Fault | null) : null;
      if (objection !== null) return { reason: 'fault', pc: objection.pc, fault: objection };
      if (code === STOP.stopped) return { reason: 'stopped', pc: at };
      const fault = code === STOP.invalidInstruction ? this.#vmcall(at) : this.#fault(code, at);
      if (fault !== null) return { reason: 'fault', pc: fault.pc, fault };
      if (this.#preempting) return { reason: 'preempted', pc: this.registers.rip };
    }
  }

  /** Before a run: makes {@link preempt} possible from now on. Until then it costs nothing. */
  watchAccesses(): void {
    if (!this.#watching) this.#engine.watchAccesses();
    this.#watching = true;
  }

  /** From inside a port or hypercall callback: `run` comes back at the instruction behind this access. */
  preempt(): void {
    this.#preempting = true;
    this.#engine.preempt();
  }

  /** Whether the guest lets interrupts in: IF. Right inside callbacks too. */
  get interruptible(): boolean {
    return (this.readSystem('eflags') & INTERRUPT_FLAG) !== 0n;
  }

  /** From inside a callback: end the run after this block. */
  stop(): void {
    this.#engine.stop();
  }

  /** All registers: what a call into the guest leaves behind that another one comes in between. */
  saveContext(): NativeContext {
    return this.#engine.saveContext();
  }

  /** Back to registers of a call that is under way. */
  restoreContext(context: NativeContext): void {
    this.#engine.restoreContext(context, false);
  }

  /** Registers, memory and time as they are now. Not from inside a callback. */
  snapshot(): MachineSnapshot {
    const context = this.#engine.saveContext();
    return { context, memory: this.captureMemory(), now: this.now, segmentBases: { ...this.#segmentBases } };
  }

  /** Back to a snapshot of this machine: mappings, memory, registers and time. */
  restore(snapshot: MachineSnapshot): void {
    this.restoreMemory(snapshot.memory);
    this.#engine.restoreContext(snapshot.context, true);
    this.now = snapshot.now;
    this.#segmentBases = { ...snapshot.segmentBases };
  }

  /** Where a guarded return address lies in that range, if one does: for those who write on the guest's behalf. */
  returnSlotIn(address: bigint, length: number): bigint | null {
    return this.#engine.returnSlotIn(address, length);
  }

  /** Frees the engine. The machine cannot be used afterwards. */
  close(): void {
    this.#engine.close();
  }

  #servePort(access: CpuPortAccess): void {
    if (this.onPort !== null) this.onPort(access);
    else if (access.string) access.data = new Uint8Array(access.count * access.width).fill(0xff);
    else if (access.direction === 'in') this.registers.eax = 0xffffffff;
  }

  /** The bytes of the block being run. */
  #block(): Uint8Array {
    return this.readUpTo(this.#quads[STATE.block / 8] as bigint, this.#words[STATE.blockSize / 4] as number);
  }

  protected override mapped(region: Region): void {
    const protection = PROTECTION_BITS[region.protection];
    const { address, bytes, dirtyFlags, dirtyPages, shadow, guardReturns } = region;
    this.#engine.map(address, bytes, protection, dirtyFlags, dirtyPages, shadow, guardReturns);
  }

  protected override unmapped(region: Region): void {
    this.#engine.unmap(region.address);
  }

  /** If the changed bytes are code, its translation is stale. */
  protected override wrote(region: Region, offset: number, length: number): void {
    if (!region.protection.includes('x')) return;
    this.#engine.invalidateCode(region.address + BigInt(offset), length);
    this.#tsc.search(region, offset, length);
  }

  /** VMCALL (0f 01 c1) and VMMCALL (0f 01 d9); everything else that is invalid stays so. Null: the guest goes on. */
  #vmcall(pc: bigint): Fault | null {
    const [a, b, c] = this.readUpTo(pc, 3);
    const instruction = a === 0x0f && b === 0x01 ? (c === 0xc1 ? 'vmcall' : c === 0xd9 ? 'vmmcall' : null) : null;
    if (instruction === null || this.onVmcall === null) return invalidOpcode(pc);
    this.now += this.#floats[STATE.accessNs / 8] as number;
    const result = this.onVmcall({ instruction, pc, registers: this.registers, machine: this });
    if (result === 'invalidOpcode') return invalidOpcode(pc);
    if (result !== 'done') return memoryFault(result.write ? 20 : 19, pc, result.address, 1);
    this.registers.rip = pc + 3n;
    return null;
  }

  /** The engine broke at the block that starts here: at what no decoder knows, if that is in it. */
  #untranslatable(block: bigint): Fault {
    const known = decode(this.bits, this.readUpTo(block, LONGEST_BLOCK), block).at(-1);
    const at = known === undefined ? block : known.address + BigInt(known.length);
    return this.isMapped(at, 1) ? invalidOpcode(at) : invalidOpcode(block);
  }

  #fault(code: number, pc: bigint): Fault {
    if (code === STOP.interrupt) return this.#interrupt(pc);
    if (code === STOP.misuse) return this.#misuse();
    if (code === STOP.untranslatable) return this.#untranslatable(pc);
    if (code !== STOP.memoryFault) return engineFault(this.#words[STATE.error / 4] as number, pc);
    const kind = this.#words[STATE.faultKind / 4] as number;
    const address = this.#quads[STATE.faultAddress / 8] as bigint;
    const size = this.#words[STATE.faultSize / 4] as number;
    const fault = memoryFault(kind, pc, address, size);
    return fault.kind === 'read' ? { ...fault, pc: this.#readingInstruction(pc, address) } : fault;
  }

  /** The engine stands behind INT3, INTO, ICEBP and INT n, and at the instruction for everything else. */
  #interrupt(pc: bigint): Fault {
    const vector = this.#words[STATE.vector / 4] as number;
    const [first, second] = this.readUpTo(pc - 2n, 2);
    return interruptFault(vector, pc - interruptLength(vector, first, second));
  }

  #misuse(): Fault {
    const kind = MISUSES[this.#words[STATE.faultKind / 4] as number] ?? 'writePoison';
    this.registers.rsp = this.#quads[STATE.faultStack / 8] as bigint;
    const address = this.#quads[STATE.faultAddress / 8] as bigint;
    const pc = this.#quads[STATE.faultPc / 8] as bigint;
    return misuseFault(kind, pc, address, this.#words[STATE.faultSize / 4] as number);
  }

  /** From inside a callback: the run ends with this. The first objection counts. */
  #object(misuse: Misuse, pc: bigint, address: bigint, length: number): void {
    this.#objection ??= misuseFault(misuse, pc, address, length);
    this.#engine.stop();
  }

  #readingInstruction(from: bigint, faultAddress: bigint): bigint {
    return locateRead(
      {
        bits: this.bits,
        block: this.#block(),
        blockAddress: this.#quads[STATE.block / 8] as bigint,
        faultAddress,
        register: (name: RegisterName) => this.registers.get(name),
        segmentBase: (segment) => this.segmentBase(segment),
      },
      from,
    );
  }
}
