import { CallPaths } from './call-paths.ts';
import { type EdgeCount, type EdgeMap, edgeCountsOf } from './coverage.ts';
import {
  type CpuException,
  invalidOpcode,
  type Misuse,
  memoryException,
  misuseException,
  type Stop,
} from './cpu-exception.ts';
import { answerCpuid, cpuidLeaves } from './cpuid.ts';
import type { Bits } from './decode.ts';
import { INTERRUPT_FLAG } from './eflags.ts';
import { GuestMemory } from './guest-memory.ts';
import type { MachineOptions } from './machine-options.ts';
import { PROTECTION_BITS, type Region } from './memory.ts';
import { addon, type NativeContext, type NativeEngine, STATE, STOP } from './native.ts';
import { type CpuPortAccess, PortIo } from './port-io.ts';
import type { MachineSnapshot, MemoryCalls, Processor, Vmcall, VmcallResult } from './processor.ts';
import { Registers, SYSTEM_REGISTERS, type SystemRegister } from './registers.ts';
import { cannotLoad, loadSegment, realModeSelector } from './segments.ts';
import { foreignSnapshot } from './snapshot.ts';
import { exceptionOf, hypercallAt, type StopFacts } from './stops.ts';
import { DEFAULT_WORK, SERVICE_WORK } from './work.ts';

/** Bytes of VMCALL and VMMCALL. */
const HYPERCALL_LENGTH = 3n;

/**
 * One x86 processor and its memory, on the engine. The callbacks answer ports,
 * hypercalls and the time stamp counter. Where a guest goes wrong, `run` returns the exception as a value.
 */
export class Machine implements Processor {
  readonly bits: Bits;
  readonly registers: Registers;
  readonly memory: GuestMemory;
  onPort: ((access: CpuPortAccess) => void) | null = null;
  onVmcall: ((call: Vmcall) => VmcallResult) | null = null;
  readonly #engine: NativeEngine;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  readonly #quads: BigUint64Array;
  readonly #io: PortIo;
  readonly #callPaths: CallPaths;
  readonly #facts: StopFacts;
  #segmentBases = { fs: 0n, gs: 0n };
  /** The stop that a hypercall's callback asked for: the engine does not run hypercalls. */
  #asked: 'preempted' | 'stopped' | null = null;
  /** The misuse that the memory checker found in a string I/O of this run. */
  #objection: CpuException | null = null;

  /** @throws VmtbenchError `cpu.addon` where the addon cannot be loaded. */
  constructor(options: MachineOptions) {
    const { bits, tscKhz = 3_000_000, busKhz = 66_000, hypercall = 'port', hypervisor = 'VMwareVMware' } = options;
    const { accessNs = 1000, blockNs = 1 } = options;
    const state = new ArrayBuffer(STATE.size);
    this.bits = bits;
    this.registers = new Registers(state);
    this.#words = new Uint32Array(state);
    this.#floats = new Float64Array(state);
    this.#quads = new BigUint64Array(state);
    this.#callPaths = new CallPaths(state);
    this.#floats[STATE.accessNs / 8] = accessNs;
    this.#floats[STATE.blockNs / 8] = blockNs;
    this.#floats[STATE.tscKhz / 8] = tscKhz;
    this.#floats[STATE.serviceWork / 8] = SERVICE_WORK;
    this.memory = new GuestMemory({
      mapped: (region) => this.#mapped(region),
      unmapped: (region) => this.#engine.unmap(region.address),
      wrote: (region, offset, length) => this.#wrote(region, offset, length),
    });
    this.#facts = { bits, memory: this.memory, words: this.#words, quads: this.#quads };
    const leaves = cpuidLeaves({ tscKhz, busKhz, hypercall, hypervisor });
    const io = this.#createPortIo();
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

  get now(): number {
    return this.#floats[STATE.now / 8] as number;
  }
  set now(value: number) {
    this.#floats[STATE.now / 8] = value;
  }

  get timeRead(): boolean {
    return this.#words[STATE.timeRead / 4] === 1;
  }
  set timeRead(value: boolean) {
    this.#words[STATE.timeRead / 4] = value ? 1 : 0;
  }

  get calls(): readonly bigint[] {
    return this.#callPaths.current;
  }

  get blockEnd(): bigint {
    return (this.#quads[STATE.block / 8] as bigint) + BigInt(this.#words[STATE.blockSize / 4] as number);
  }

  readSystem(name: SystemRegister): bigint {
    return this.#engine.readRegister(SYSTEM_REGISTERS[name]);
  }

  writeSystem(name: SystemRegister, value: bigint): void {
    if (!this.#engine.writeRegister(SYSTEM_REGISTERS[name], value)) throw cannotLoad(name, value);
  }

  setSegmentBase(segment: 'fs' | 'gs', base: bigint): void {
    if (this.bits === 64) this.writeSystem(`${segment}Base`, base);
    else if (this.bits === 16) this.writeSystem(segment, realModeSelector(base));
    else loadSegment(this, this.#engine, segment, base);
    this.#segmentBases[segment] = base;
  }

  segmentBase(segment: 'fs' | 'gs'): bigint {
    return this.bits === 64 ? this.readSystem(`${segment}Base`) : this.#segmentBases[segment];
  }

  run(pc: bigint, budget: { readonly blocks?: number } = {}): Stop {
    return this.#run(pc, budget.blocks ?? DEFAULT_WORK, false);
  }

  step(pc: bigint): Stop {
    return this.#run(pc, DEFAULT_WORK, true);
  }

  get workLeft(): number {
    return this.#floats[STATE.workLeft / 8] as number;
  }

  setTrap(address: bigint): void {
    this.#engine.setTrap(address);
  }

  clearTrap(address: bigint): void {
    this.#engine.clearTrap(address);
  }

  preempt(): void {
    this.#asked = 'preempted';
    this.#io.preempted = true;
  }

  stop(): void {
    this.#asked = 'stopped';
    this.#io.preempted = true;
    this.#engine.stop();
  }

  get interruptible(): boolean {
    return (this.readSystem('eflags') & INTERRUPT_FLAG) !== 0n;
  }

  returnSlotIn(address: bigint, length: number): bigint | null {
    return this.#engine.returnSlotIn(address, length);
  }

  saveContext(): NativeContext {
    return this.#engine.saveContext();
  }

  restoreContext(context: NativeContext): void {
    if (!this.#engine.restoreContext(context, false)) throw foreignSnapshot();
  }

  snapshot(): MachineSnapshot {
    const context = this.#engine.saveContext();
    return { context, memory: this.memory.capture(), now: this.now, segmentBases: { ...this.#segmentBases } };
  }

  restore(snapshot: MachineSnapshot): void {
    if (!this.#engine.restoreContext(snapshot.context, true)) throw foreignSnapshot();
    this.memory.restore(snapshot.memory);
    this.now = snapshot.now;
    this.#segmentBases = { ...snapshot.segmentBases };
  }

  coverEdges(map: EdgeMap | null): void {
    this.#engine.coverEdges(map?.counters ?? null, map?.touched ?? null);
  }

  close(): void {
    this.#engine.close();
    this.memory.forget();
  }

  readonly countBlocks = (on: boolean): void => this.#engine.countBlocks(on);
  readonly edgeCounts = (): EdgeCount[] => edgeCountsOf(this.#engine.edgeCounts());
  readonly map: MemoryCalls['map'] = (...range) => this.memory.map(...range);
  readonly unmap: MemoryCalls['unmap'] = (address) => this.memory.unmap(address);
  readonly read: MemoryCalls['read'] = (address, length) => this.memory.read(address, length);
  readonly readUpTo: MemoryCalls['readUpTo'] = (address, length) => this.memory.readUpTo(address, length);
  readonly readUint: MemoryCalls['readUint'] = (address, size) => this.memory.readUint(address, size);
  readonly readCString: MemoryCalls['readCString'] = (address, limit) => this.memory.readCString(address, limit);
  readonly write: MemoryCalls['write'] = (address, bytes) => this.memory.write(address, bytes);
  readonly writeUint: MemoryCalls['writeUint'] = (address, size, value) => this.memory.writeUint(address, size, value);
  readonly fill: MemoryCalls['fill'] = (address, length, byte) => this.memory.fill(address, length, byte);
  readonly isMapped: MemoryCalls['isMapped'] = (address, length) => this.memory.isMapped(address, length);
  readonly mappedLength: MemoryCalls['mappedLength'] = (address, length) => this.memory.mappedLength(address, length);
  readonly allow: MemoryCalls['allow'] = (address, length, written) => this.memory.allow(address, length, written);
  readonly poison: MemoryCalls['poison'] = (address, length) => this.memory.poison(address, length);
  readonly firstPoisoned: MemoryCalls['firstPoisoned'] = (address, length) =>
    this.memory.firstPoisoned(address, length);
  readonly firstUnwritten: MemoryCalls['firstUnwritten'] = (address, length) =>
    this.memory.firstUnwritten(address, length);
  readonly overruns: MemoryCalls['overruns'] = (address, length) => this.memory.overruns(address, length);
  readonly permits: MemoryCalls['permits'] = (address, length, write) => this.memory.permits(address, length, write);
  readonly memoryDigest: MemoryCalls['memoryDigest'] = (except) => this.memory.memoryDigest(except);

  #run(pc: bigint, work: number, one: boolean): Stop {
    this.#floats[STATE.workLeft / 8] = work;
    this.registers.rip = pc;
    this.#objection = null;
    for (;;) {
      const code = this.#engine.run(one);
      const at = this.registers.rip;
      if (code === STOP.halt) return { reason: 'halt', pc: at - 1n };
      if (code === STOP.budget) return { reason: 'budget', pc: at };
      if (code === STOP.preempted) return { reason: 'preempted', pc: at };
      if (code === STOP.trap) return { reason: 'trap', pc: at };
      if (code === STOP.stopped) return this.#stopped(at);
      const fault = code === STOP.invalidInstruction ? this.#hypercall(at) : exceptionOf(this.#facts, code, at);
      if (fault !== null) return { reason: 'fault', pc: fault.pc, fault };
      const next = this.registers.rip;
      if (this.#asked !== null) return { reason: this.#asked, pc: next };
      if (one) return { reason: 'trap', pc: next };
    }
  }

  #stopped(pc: bigint): Stop {
    const fault = this.#objection as CpuException | null;
    return fault === null ? { reason: 'stopped', pc } : { reason: 'fault', pc: fault.pc, fault };
  }

  /** At an instruction that the engine does not run. Null: it was a hypercall, and the guest goes on. */
  #hypercall(pc: bigint): CpuException | null {
    const instruction = hypercallAt(this.memory, pc);
    if (instruction === null || this.onVmcall === null) return invalidOpcode(pc);
    this.now += this.#floats[STATE.accessNs / 8] as number;
    this.#floats[STATE.workLeft / 8] = this.workLeft - SERVICE_WORK;
    this.#asked = null;
    const result = this.onVmcall({ instruction, pc, registers: this.registers, machine: this });
    if (result === 'invalidOpcode') return invalidOpcode(pc);
    if (result !== 'done') return memoryException(result.write ? 20 : 19, pc, result.address, 1);
    this.registers.rip = pc + HYPERCALL_LENGTH;
    return null;
  }

  #createPortIo(): PortIo {
    const { bits, memory, registers } = this;
    return new PortIo(this.#words, {
      bits,
      space: memory.space,
      registers,
      readSystem: (name) => this.readSystem(name),
      segmentBase: (segment) => this.segmentBase(segment),
      serve: (access) => this.#servePort(access),
      wrote: (region, offset, length) => this.#wrote(region, offset, length),
      overruns: (address, length) => memory.overruns(address, length),
      object: (misuse, address, length) => this.#object(misuse, address, length),
    });
  }

  #servePort(access: CpuPortAccess): void {
    if (this.onPort !== null) this.onPort(access);
    else if (access.string) access.data = new Uint8Array(access.count * access.width).fill(0xff);
    else if (access.direction === 'in') this.registers.eax = 0xffffffff;
  }

  /** During a port access: ends the run there with this misuse. Only the first one is reported. */
  #object(misuse: Misuse, address: bigint, length: number): void {
    this.#objection ??= misuseException(misuse, this.#io.pc, address, length);
    this.#engine.stop();
  }

  /** The bytes of the block being run. */
  #block(): Uint8Array {
    return this.memory.readUpTo(this.#quads[STATE.block / 8] as bigint, this.#words[STATE.blockSize / 4] as number);
  }

  #mapped({ address, bytes, protection, dirtyFlags, dirtyPages, shadow, guardReturns }: Region): void {
    this.#engine.map(address, bytes, PROTECTION_BITS[protection], dirtyFlags, dirtyPages, shadow, guardReturns);
  }

  /** If the changed bytes are code, its translation is stale. */
  #wrote(region: Region, offset: number, length: number): void {
    if (region.protection.includes('x')) this.#engine.invalidateCode(region.address + BigInt(offset), length);
  }
}
