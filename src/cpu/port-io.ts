import type { Misuse } from './cpu-exception.ts';
import type { Bits } from './decode.ts';
import { DIRECTION_FLAG } from './eflags.ts';
import { type AddressSpace, type Region, SHADOW } from './memory.ts';
import { NO_SITE, REGISTER_ORDER, STATE } from './native.ts';
import type { RegisterName, Registers, SystemRegister } from './registers.ts';
import { type Site, Sites } from './sites.ts';
import { countElements, gather, pieces, type StringWalk, scatter } from './string-io.ts';

/** One IN, OUT, INS or OUTS. The object is the machine's own and is used again for the next access. */
export interface CpuPortAccess {
  readonly port: number;
  /** Bytes an element: 1, 2 or 4. */
  readonly width: 1 | 2 | 4;
  readonly direction: 'in' | 'out';
  /** INS or OUTS. */
  readonly string: boolean;
  /** Elements of the REP that can move before one would fault; 1 without REP. */
  readonly count: number;
  /** The guest's registers. An IN takes its result from eax; the pointer and the count of a string form are ours. */
  readonly registers: Registers;
  /** String forms. out: what left the guest; in: set it to what goes into the guest, shorter or empty for less. */
  data: Uint8Array;
  /** The address of the instruction. */
  readonly pc: bigint;
}

/** What port I/O needs of its machine. */
export interface PortIoMachine {
  readonly bits: Bits;
  readonly space: AddressSpace;
  readonly registers: Registers;
  readSystem(name: SystemRegister): bigint;
  segmentBase(segment: 'fs' | 'gs'): bigint;
  serve(access: CpuPortAccess): void;
  /** Does it begin in one object and end in another? */
  overruns(address: bigint, length: number): boolean;
  /** The memory checker has something against this access. */
  object(misuse: Misuse, address: bigint, length: number): void;
  /** Guest memory was written. */
  wrote(region: Region, offset: number, length: number): void;
}

const EMPTY = new Uint8Array(0);
/** More than any machine has mapped: what lies beyond faults. */
const MOST_ELEMENTS = 0x40000000;

/** Word index of a register's low half in the shared record. */
const word = (name: RegisterName): number => STATE.registers / 4 + REGISTER_ORDER.indexOf(name) * 2;
const RCX = word('rcx');
const RSI = word('rsi');
const RDI = word('rdi');
const RFLAGS = word('rflags');

/** Turns the addon's bare callback into one access; a REP is served whole at its first element. */
export class PortIo implements CpuPortAccess {
  port = 0;
  width: 1 | 2 | 4 = 4;
  direction: 'in' | 'out' = 'in';
  string = false;
  count = 1;
  data: Uint8Array = EMPTY;
  pc = 0n;
  /** Where the guest goes on if it is preempted behind this access; set while one is served. */
  next = 0n;
  /** The access that is being served is to be the last of the run. */
  preempted = false;
  readonly registers: Registers;

  readonly #machine: PortIoMachine;
  readonly #words: Uint32Array;
  readonly #sites: Sites;

  constructor(words: Uint32Array, machine: PortIoMachine) {
    this.#words = words;
    this.#machine = machine;
    this.#sites = new Sites(machine.bits);
    this.registers = machine.registers;
  }

  /** The addon's `locate`: twice the index of the site, and 1 more for string I/O. */
  locate(block: Uint8Array, address: bigint): number {
    const index = this.#sites.locate(block, address, this.#words[STATE.value / 4] as number);
    if (index === null) return NO_SITE;
    return index * 2 + (this.#sites.get(index).string ? 1 : 0);
  }

  /** The addon's `onPort`. */
  handle(): void {
    const words = this.#words;
    const site = this.#sites.get((words[STATE.site / 4] as number) >>> 1);
    this.port = words[STATE.port / 4] as number;
    this.width = words[STATE.width / 4] as 1 | 2 | 4;
    this.direction = words[STATE.output / 4] === 1 ? 'out' : 'in';
    this.string = site.string;
    this.count = 1;
    this.pc = site.pc;
    this.next = site.next;
    this.preempted = false;
    this.data = EMPTY;
    if (site.string) {
      this.#handleString(site);
    } else {
      this.#machine.serve(this);
      words[STATE.value / 4] = this.registers.eax;
    }
  }

  /**
   * The engine comes here at the first element, having stored a dummy 0 (INS) or loaded the element (OUTS). All that
   * does not fault moves at once; the registers are left so that the engine ends the instruction by itself, or goes on
   * to the element that faults.
   */
  #handleString(site: Site): void {
    const size = site.addressSize;
    const pointer = site.output ? RSI : RDI;
    const wanted = site.rep ? this.#low(RCX, size) : 1;
    const start = site.output ? this.registers.rsi : this.registers.rdi;
    const walk: StringWalk = {
      base: this.#segmentBase(site.segment),
      offset: lowBits(start, size),
      addressSize: size,
      width: this.width,
      backwards: ((this.#words[RFLAGS] as number) & DIRECTION_FLAG) !== 0,
      write: !site.output,
    };
    const list = pieces(this.#machine.space, walk, Math.min(wanted, MOST_ELEMENTS));
    // The engine has done the first element already: it did not fault, even if it straddles two regions.
    const count = Math.max(1, countElements(list));
    this.count = count;
    this.#checkShadow(list, site.output);
    if (site.output) this.data = list.length > 0 ? gather(list, walk) : this.#element();
    // Whatever the device makes of them, pointer and count end as the processor would leave them.
    const { rcx } = this.registers;
    this.#machine.serve(this);
    if (!site.output) this.#deliver(list, walk);
    this.registers.rcx = rcx;
    this.registers.set(site.output ? 'rsi' : 'rdi', start);
    // A transfer that is going to fault in its middle goes on to that.
    if (site.rep && count < wanted) this.preempted = false;
    // The engine finishes the last element, unless it does not come to it.
    const done = this.preempted ? count : count - 1;
    if (this.preempted && !site.output) this.#storeFirst(list, walk);
    this.#move(pointer, (walk.backwards ? -this.width : this.width) * done, size);
    if (site.rep) this.#move(RCX, -done, size);
  }

  /** What the engine would store at the first element. */
  #storeFirst(list: ReturnType<typeof pieces>, walk: StringWalk): void {
    scatter(list, walk, this.#element(), this.#machine.wrote);
  }

  /** What the memory checker has against the transfer: poison, another object's memory, or bytes sent though never written. */
  #checkShadow(list: ReturnType<typeof pieces>, output: boolean): void {
    const { addressable, written } = SHADOW;
    for (const { region, offset, elements } of list) {
      const start = region.address + BigInt(offset);
      const length = elements * this.width;
      if (this.#machine.overruns(start, length)) {
        this.#machine.object(output ? 'readOverrun' : 'writeOverrun', start, length);
      }
      if (region.shadow === null) continue;
      const shadow = region.shadow.subarray(offset, offset + length);
      const poisoned = shadow.findIndex((byte) => (byte & addressable) === 0);
      const unwritten = output && poisoned === -1 ? shadow.findIndex((byte) => (byte & written) === 0) : -1;
      const at = start + BigInt(Math.max(poisoned, unwritten));
      if (poisoned !== -1) this.#machine.object(output ? 'readPoison' : 'writePoison', at, shadow.length);
      else if (unwritten !== -1) this.#machine.object('sendUnwritten', at, shadow.length);
    }
  }

  /** The low bits of a register; of 64 bits only what a number holds exactly. */
  #low(register: number, size: Bits): number {
    const low = this.#words[register] as number;
    if (size === 64) return low + (this.#words[register + 1] as number) * 0x1_0000_0000;
    return size === 16 ? low & 0xffff : low;
  }

  /** Adds to the low bits of a register: a 16-bit result keeps the bits above it, a 32-bit one clears them. */
  #move(register: number, by: number, size: Bits): void {
    const words = this.#words;
    const old = words[register] as number;
    const low = old + by;
    if (size === 16) words[register] = (old & 0xffff0000) | (low & 0xffff);
    else words[register] = low;
    if (size === 32) words[register + 1] = 0;
    if (size === 64) words[register + 1] = (words[register + 1] as number) + Math.floor(low / 0x1_0000_0000);
  }

  /** The element in the record: what OUTS has loaded, and INS is about to store. */
  #element(): Uint8Array {
    const value = this.#words[STATE.value / 4] as number;
    return Uint8Array.from({ length: this.width }, (_, i) => (value >>> (i * 8)) & 0xff);
  }

  #deliver(list: ReturnType<typeof pieces>, walk: StringWalk): void {
    scatter(list, walk, this.data, this.#machine.wrote);
    // The engine stores this value at the first element: its own byte back where nothing came.
    let value = this.#words[STATE.overwritten / 4] as number;
    if (this.data.length >= this.width) {
      value = 0;
      for (let i = this.width - 1; i >= 0; i--) value = ((value << 8) | (this.data[i] as number)) >>> 0;
    }
    this.#words[STATE.value / 4] = value;
  }

  /** Real mode: selector times 16. Else the flat model, where only FS and GS have a base. */
  #segmentBase(segment: Site['segment']): bigint {
    if (this.#machine.bits === 16) return this.#machine.readSystem(segment) << 4n;
    return segment === 'fs' || segment === 'gs' ? this.#machine.segmentBase(segment) : 0n;
  }
}

const lowBits = (value: bigint, size: Bits): bigint => (size === 64 ? value : BigInt.asUintN(size, value));
