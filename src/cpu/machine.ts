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
import { PAGE_SIZE, PROTECTION_BITS, type Region } from './memory.ts';
import { addon, type NativeContext, type NativeEngine, STATE, STOP } from './native.ts';
import { type CpuPortAccess, PortIo } from './port-io.ts';
import { Registers, SYSTEM_REGISTERS, type SystemRegister } from './registers.ts';
import { loadSegment, realModeSelector, type SegmentLoader } from './segments.ts';
import { DEFAULT_WORK, SERVICE_WORK } from './work.ts';

/** RFLAGS.IF */
const INTERRUPT_FLAG = 0x200n;

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
  readonly #engine: NativeEngine;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  readonly #quads: BigUint64Array;
  readonly #segmentLoader: SegmentLoader = {
    writeSystem: (name, value) => this.writeSystem(name, value),
    setTable: (address, limit) => this.#engine.setDescriptorTable(address, limit),
    load: (segment, selector, address, limit) =>
      this.#engine.loadSegment(SYSTEM_REGISTERS[segment], selector, address, limit),
  };
  #segmentBases = { fs: 0n, gs: 0n };
  readonly #io: PortIo;
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
    this.#floats[STATE.tscKhz / 8] = tscKhz;
    this.#floats[STATE.serviceWork / 8] = SERVICE_WORK;
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
    this.#io = io;
    this.#engine = new (addon().Engine)(bits, new Uint8Array(state), {
      onPort: () => {
        io.handle();
        if (!io.preempted) return;
        this.#quads[STATE.next / 8] = io.next;
        this.#engine.preempt();
      },
      locate: () => io.locate(this.#block(), this.#quads[STATE.block / 8] as bigint),
      onCpuid: () => answerCpuid(leaves, this.registers),
      onPoll: () => {},
    });
  }

  /** Virtual time in nanoseconds. Blocks and port accesses advance it; the owner may set it forward between runs. */
  get now(): number {
    return this.#floats[STATE.now / 8] as number;
  }
  set now(value: number) {
    this.#floats[STATE.now / 8] = value;
  }

  /** The guest has read the time: set whenever it does, for the owner to clear. */
  get timeRead(): boolean {
    return this.#words[STATE.timeRead / 4] === 1;
  }
  set timeRead(value: boolean) {
    this.#words[STATE.timeRead / 4] = value ? 1 : 0;
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
    else if (this.bits === 16) this.writeSystem(segment, realModeSelector(base));
    else loadSegment(this, this.#segmentLoader, segment, base);
    this.#segmentBases[segment] = base;
  }

  segmentBase(segment: 'fs' | 'gs'): bigint {
    return this.bits === 64 ? this.readSystem(`${segment}Base`) : this.#segmentBases[segment];
  }

  /**
   * Runs from `pc` until HLT, a fault, a trap, `stop()` or the end of the budget. `pc` is linear in every mode.
   * @param budget work: a block is 1, a port access or CPUID {@link SERVICE_WORK}.
   */
  run(pc: bigint, budget: { readonly blocks?: number } = {}): Stop {
    this.#floats[STATE.workLeft / 8] = budget.blocks ?? DEFAULT_WORK;
    this.registers.rip = pc;
    this.#objection = null;
    this.#preempting = false;
    for (;;) {
      const code = this.#engine.run();
      const at = this.registers.rip;
      if (code === STOP.halt) return { reason: 'halt', pc: at - 1n };
      if (code === STOP.budget) return { reason: 'budget', pc: at };
      if (code === STOP.preempted) return { reason: 'preempted', pc: at };
      if (code === STOP.trap) return { reason: 'trap', pc: at };
      const objection = code === STOP.stopped ? (this.#objection as Fault | null) : null;
      if (objection !== null) return { reason: 'fault', pc: objection.pc, fault: objection };
      if (code === STOP.stopped) return { reason: 'stopped', pc: at };
      const fault = code === STOP.invalidInstruction ? this.#vmcall(at) : this.#fault(code, at);
      if (fault !== null) return { reason: 'fault', pc: fault.pc, fault };
      if (this.#preempting) return { reason: 'preempted', pc: this.registers.rip };
    }
  }

  /** What is left of the budget of the last run. */
  get workLeft(): number {
    return this.#floats[STATE.workLeft / 8] as number;
  }

  /** `run` comes back with `trap` before an instruction that starts there is executed, unless it begins with it. */
  setTrap(address: bigint): void {
    this.#engine.setTrap(address);
  }

  clearTrap(address: bigint): void {
    this.#engine.clearTrap(address);
  }

  /** From inside a port or hypercall callback: `run` comes back at the instruction behind this access. */
  preempt(): void {
    this.#preempting = true;
    this.#io.preempted = true;
  }

  /** Whether the guest lets interrupts in: IF. Right inside callbacks too. */
  get interruptible(): boolean {
    return (this.readSystem('eflags') & INTERRUPT_FLAG) !== 0n;
  }

  /** From inside a callback: nothing is served any more, and the run ends with this block at the latest. */
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
  }

  /** VMCALL (0f 01 c1) and VMMCALL (0f 01 d9); everything else that is invalid stays so. Null: the guest goes on. */
  #vmcall(pc: bigint): Fault | null {
    const [a, b, c] = this.readUpTo(pc, 3);
    const instruction = a === 0x0f && b === 0x01 ? (c === 0xc1 ? 'vmcall' : c === 0xd9 ? 'vmmcall' : null) : null;
    if (instruction === null || this.onVmcall === null) return invalidOpcode(pc);
    this.now += this.#floats[STATE.accessNs / 8] as number;
    this.#floats[STATE.workLeft / 8] = this.workLeft - SERVICE_WORK;
    this.#preempting = false;
    const result = this.onVmcall({ instruction, pc, registers: this.registers, machine: this });
    if (result === 'invalidOpcode') return invalidOpcode(pc);
    if (result !== 'done') return memoryFault(result.write ? 20 : 19, pc, result.address, 1);
    this.registers.rip = pc + 3n;
    return null;
  }

  /** The engine broke at the block that starts here: at what no decoder knows, if that is in it. */
  #untranslatable(block: bigint): Fault {
    const known = decode(this.bits, this.readUpTo(block, PAGE_SIZE), block).at(-1);
    const at = known === undefined ? block : known.address + BigInt(known.length);
    return this.isMapped(at, 1) ? invalidOpcode(at) : invalidOpcode(block);
  }

  #fault(code: number, pc: bigint): Fault {
    if (code === STOP.interrupt) return this.#interrupt(pc);
    if (code === STOP.misuse) return this.#misuse(pc);
    if (code === STOP.untranslatable) return this.#untranslatable(pc);
    if (code !== STOP.memoryFault) return engineFault(this.#words[STATE.error / 4] as number, pc);
    const kind = this.#words[STATE.faultKind / 4] as number;
    const address = this.#quads[STATE.faultAddress / 8] as bigint;
    const size = this.#words[STATE.faultSize / 4] as number;
    return memoryFault(kind, pc, address, size);
  }

  /** The engine stands behind INT3, INTO, ICEBP and INT n, and at the instruction for everything else. */
  #interrupt(pc: bigint): Fault {
    const vector = this.#words[STATE.vector / 4] as number;
    const [first, second] = this.readUpTo(pc - 2n, 2);
    return interruptFault(vector, pc - interruptLength(vector, first, second));
  }

  #misuse(pc: bigint): Fault {
    const kind = MISUSES[this.#words[STATE.faultKind / 4] as number] ?? 'writePoison';
    const address = this.#quads[STATE.faultAddress / 8] as bigint;
    return misuseFault(kind, pc, address, this.#words[STATE.faultSize / 4] as number);
  }

  /** From inside a callback: the run ends with this. The first objection counts. */
  #object(misuse: Misuse, pc: bigint, address: bigint, length: number): void {
    this.#objection ??= misuseFault(misuse, pc, address, length);
    this.#engine.stop();
  }
}
