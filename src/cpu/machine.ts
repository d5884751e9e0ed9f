import { answerCpuid, cpuidLeaves, type Hypercall } from './cpuid.ts';
import type { Bits } from './decode.ts';
import { engineFault, type Fault, interruptFault, invalidOpcode, memoryFault, type Stop } from './fault.ts';
import {
  AddressSpace,
  createRegion,
  markDirty,
  PROTECTION_BITS,
  type Protection,
  type Region,
  unmapped,
} from './memory.ts';
import { addon, type NativeContext, type NativeEngine, STATE, STOP } from './native.ts';
import { type CpuPortAccess, PortIo } from './port-io.ts';
import { locateRead } from './read-fault.ts';
import { type RegisterName, Registers, SYSTEM_REGISTERS, type SystemRegister } from './registers.ts';
import { MemoryHistory, type MemoryImage } from './snapshot.ts';
import { findTsc, TSC_PREFIXES, tscInstruction } from './tsc.ts';

export interface MachineOptions {
  readonly bits: Bits;
  /** TSC frequency that CPUID tells and RDTSC counts in, kHz. */
  readonly tscKhz?: number;
  /** Bus (APIC timer) frequency that CPUID tells, kHz. */
  readonly busKhz?: number;
  readonly hypercall?: Hypercall;
  /** Virtual nanoseconds that a port access costs. */
  readonly accessNs?: number;
  /** Virtual nanoseconds that a block of code costs. */
  readonly blockNs?: number;
}

/** VMCALL or VMMCALL. */
export interface Vmcall {
  readonly instruction: 'vmcall' | 'vmmcall';
  readonly pc: bigint;
  readonly registers: Registers;
  readonly machine: Machine;
}

/** What a hypercall came to: done, no such thing here (#UD), or it touched memory that is not there. */
export type VmcallResult = 'done' | 'invalidOpcode' | { readonly write: boolean; readonly address: bigint };

export interface MachineSnapshot {
  readonly context: NativeContext;
  readonly memory: MemoryImage;
  readonly now: number;
}

/** A guest that runs this many blocks without coming back is taken to hang. */
const DEFAULT_BLOCKS = 50_000_000;

/**
 * One x86 processor and its memory. Ports, hypercalls and the time stamp counter are answered by whoever sets the
 * callbacks; everything else a guest does wrong ends `run` with a fault, as a value.
 */
export class Machine {
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
  readonly #space = new AddressSpace();
  readonly #history = new MemoryHistory();
  readonly #tscKhz: bigint;
  readonly #trapped = new Set<bigint>();
  /** Code that was written since the last run, to be searched for RDTSC. */
  #fresh: { readonly region: Region; readonly offset: number; readonly length: number }[] = [];

  /** @throws VmtbenchError `cpu.addon` where the addon cannot be loaded. */
  constructor(options: MachineOptions) {
    const { bits, tscKhz = 3_000_000, busKhz = 66_000, hypercall = 'port', accessNs = 1000, blockNs = 1 } = options;
    const state = new ArrayBuffer(STATE.size);
    this.bits = bits;
    this.registers = new Registers(state);
    this.#words = new Uint32Array(state);
    this.#floats = new Float64Array(state);
    this.#quads = new BigUint64Array(state);
    this.#floats[STATE.accessNs / 8] = accessNs;
    this.#floats[STATE.blockNs / 8] = blockNs;
    this.#tscKhz = BigInt(tscKhz);
    const leaves = cpuidLeaves({ tscKhz, busKhz, hypercall });
    const io = new PortIo(this.#words, {
      bits,
      space: this.#space,
      registers: this.registers,
      readSystem: (name) => this.readSystem(name),
      serve: (access) => this.#servePort(access),
      wrote: (region, offset, length) => this.#noteCode(region, offset, length),
    });
    this.#engine = new (addon().Engine)(bits, new Uint8Array(state), {
      onPort: () => io.handle(),
      locate: () => io.locate(this.#block(), this.#quads[STATE.block / 8] as bigint),
      onCpuid: () => answerCpuid(leaves, this.registers),
      onTrap: () => this.#answerTsc(),
    });
  }

  /** Virtual time in nanoseconds. Blocks and port accesses advance it; the owner may set it forward between runs. */
  get now(): number {
    return this.#floats[STATE.now / 8] as number;
  }
  set now(value: number) {
    this.#floats[STATE.now / 8] = value;
  }

  /** Maps zeroed memory. @throws VmtbenchError `cpu.map` for a range that is odd or taken. */
  map(address: bigint, size: number, protection: Protection = 'rwx'): void {
    const region = createRegion(address, size, protection);
    this.#space.add(region);
    this.#mapNative(region);
  }

  #mapNative(region: Region): void {
    const protection = PROTECTION_BITS[region.protection];
    this.#engine.map(region.address, region.bytes, protection, region.dirtyFlags, region.dirtyPages);
  }

  /** Unmaps what one call of {@link map} mapped. @throws VmtbenchError `cpu.unmapped` where none did. */
  unmap(address: bigint): void {
    const region = this.#space.find(address);
    if (region === undefined || region.address !== address) throw unmapped(address, 1);
    this.#engine.unmap(address);
    this.#space.remove(region);
  }

  isMapped(address: bigint, length: number): boolean {
    return this.#space.walk(address, length, () => {}) === length;
  }

  /** A copy of guest memory. @throws VmtbenchError `cpu.unmapped` */
  read(address: bigint, length: number): Uint8Array {
    const bytes = this.readUpTo(address, length);
    if (bytes.length !== length) throw unmapped(address, length);
    return bytes;
  }

  /** A copy of guest memory up to the first byte that is not mapped. */
  readUpTo(address: bigint, length: number): Uint8Array {
    const region = this.#space.find(address);
    if (region === undefined) return new Uint8Array(0);
    const offset = Number(address - region.address);
    if (offset + length <= region.size) return region.bytes.slice(offset, offset + length);
    const parts: Uint8Array[] = [];
    this.#space.walk(address, length, (r, at, size) => parts.push(r.bytes.subarray(at, at + size)));
    return new Uint8Array(Buffer.concat(parts));
  }

  /** Writes guest memory whatever its protection. @throws VmtbenchError `cpu.unmapped`, and then nothing is written. */
  write(address: bigint, bytes: Uint8Array): void {
    if (!this.isMapped(address, bytes.length)) throw unmapped(address, bytes.length);
    this.#space.walk(address, bytes.length, (region, offset, length, done) => {
      region.bytes.set(bytes.subarray(done, done + length), offset);
      markDirty(region, offset, length);
      this.#noteCode(region, offset, length);
    });
  }

  /** A little endian number. @throws VmtbenchError `cpu.unmapped` */
  readUint(address: bigint, size: 1 | 2 | 4 | 8): bigint {
    const bytes = this.read(address, size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    return value;
  }

  /** Stores the low `size` bytes of a number. @throws VmtbenchError `cpu.unmapped` */
  writeUint(address: bigint, size: 1 | 2 | 4 | 8, value: bigint): void {
    const bytes = new Uint8Array(size);
    for (let i = 0, rest = BigInt.asUintN(64, value); i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
    this.write(address, bytes);
  }

  /** The bytes before the first NUL, `limit` at most. @throws VmtbenchError `cpu.unmapped` if memory ends before. */
  readCString(address: bigint, limit = 65536): Uint8Array {
    let at = address;
    const parts: Uint8Array[] = [];
    for (let left = limit; left > 0; ) {
      const part = this.readUpTo(at, Math.min(left, 256));
      if (part.length === 0) throw unmapped(at, 1);
      const end = part.indexOf(0);
      parts.push(end === -1 ? part : part.subarray(0, end));
      if (end !== -1) break;
      at += BigInt(part.length);
      left -= part.length;
    }
    return new Uint8Array(Buffer.concat(parts));
  }

  /** A register outside the general ones, such as a segment base. */
  readSystem(name: SystemRegister): bigint {
    return this.#engine.readRegister(SYSTEM_REGISTERS[name]);
  }

  writeSystem(name: SystemRegister, value: bigint): void {
    this.#engine.writeRegister(SYSTEM_REGISTERS[name], value);
  }

  /** Runs from `pc` until HLT, a fault, `stop()` or the end of the budget. In 16-bit mode `pc` is linear. */
  run(pc: bigint, budget: { readonly blocks?: number } = {}): Stop {
    this.#floats[STATE.blocksLeft / 8] = budget.blocks ?? DEFAULT_BLOCKS;
    this.registers.rip = pc;
    for (;;) {
      this.#trapTsc();
      const code = this.#engine.run();
      const at = this.registers.rip;
      if (code === STOP.halt) return { reason: 'halt', pc: at - 1n };
      if (code === STOP.budget) return { reason: 'budget', pc: at };
      if (code === STOP.stopped) return { reason: 'stopped', pc: at };
      const fault = code === STOP.invalidInstruction ? this.#vmcall(at) : this.#fault(code, at);
      if (fault !== null) return { reason: 'fault', pc: fault.pc, fault };
    }
  }

  /** From inside a callback: end the run after this block. */
  stop(): void {
    this.#engine.stop();
  }

  /** Registers, memory and time as they are now. Not from inside a callback. */
  snapshot(): MachineSnapshot {
    const context = this.#engine.saveContext();
    return { context, memory: this.#history.capture(this.#space), now: this.now };
  }

  /** Back to a snapshot of this machine: mappings, memory, registers and time. */
  restore(snapshot: MachineSnapshot): void {
    const wanted = snapshot.memory.tables;
    for (const region of [...this.#space.regions]) if (!wanted.has(region)) this.unmap(region.address);
    for (const region of wanted.keys()) {
      if (this.#space.regions.includes(region)) continue;
      this.#space.add(region);
      this.#mapNative(region);
    }
    this.#history.restore(snapshot.memory, (region, page) => this.#noteCode(region, page * 4096, 4096));
    this.#engine.restoreContext(snapshot.context);
    this.now = snapshot.now;
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

  /** Bytes were changed without the engine: if they are code, its translation is stale. */
  #noteCode(region: Region, offset: number, length: number): void {
    if (!region.protection.includes('x')) return;
    this.#engine.invalidateCode(region.address + BigInt(offset), length);
    this.#fresh.push({ region, offset, length });
  }

  #trapTsc(): void {
    if (this.#fresh.length === 0) return;
    for (const { region, offset, length } of this.#fresh) {
      for (const at of findTsc(region, offset, length)) {
        if (this.#trapped.has(at)) continue;
        this.#trapped.add(at);
        this.#engine.trapInstruction(at - TSC_PREFIXES, at);
      }
    }
    this.#fresh = [];
  }

  /** RDTSC counts virtual time; the auxiliary value of RDTSCP is 0. */
  #answerTsc(): void {
    const { registers } = this;
    const found = tscInstruction(this.readUpTo(registers.rip, 16));
    if (found === null) return;
    const ticks = (BigInt(Math.trunc(this.now)) * this.#tscKhz) / 1_000_000n;
    registers.rax = ticks & 0xffffffffn;
    registers.rdx = BigInt.asUintN(32, ticks >> 32n);
    if (found.aux) registers.ecx = 0;
    registers.rip += BigInt(found.length);
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

  #fault(code: number, pc: bigint): Fault {
    if (code === STOP.interrupt) return interruptFault(this.#words[STATE.vector / 4] as number, pc);
    if (code !== STOP.memoryFault) return engineFault(this.#words[STATE.error / 4] as number, pc);
    const kind = this.#words[STATE.faultKind / 4] as number;
    const address = this.#quads[STATE.faultAddress / 8] as bigint;
    const size = this.#words[STATE.faultSize / 4] as number;
    const fault = memoryFault(kind, pc, address, size);
    return fault.kind === 'read' ? { ...fault, pc: this.#readingInstruction(pc, address) } : fault;
  }

  #readingInstruction(from: bigint, faultAddress: bigint): bigint {
    return locateRead(
      {
        bits: this.bits,
        block: this.#block(),
        blockAddress: this.#quads[STATE.block / 8] as bigint,
        faultAddress,
        register: (name: RegisterName) => this.registers.get(name),
        segmentBase: (segment) => this.readSystem(segment === 'fs' ? 'fsBase' : 'gsBase'),
      },
      from,
    );
  }
}
