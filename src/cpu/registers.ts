import { REGISTER_ORDER, STATE } from './native.ts';

/** Registers outside the shared record, with the engine's numbers (`uc_x86_reg`). */
export const SYSTEM_REGISTERS = {
  eflags: 25,
  cs: 11,
  ds: 17,
  es: 28,
  fs: 32,
  gs: 33,
  ss: 49,
  fsBase: 250,
  gsBase: 251,
  cr0: 50,
  cr4: 54,
} as const;

export type SystemRegister = keyof typeof SYSTEM_REGISTERS;

export type RegisterName = (typeof REGISTER_ORDER)[number];

/** Word index (32 bit) of a register's low half in the shared record. */
const low = (name: RegisterName): number => STATE.registers / 4 + REGISTER_ORDER.indexOf(name) * 2;
const WIDE: ReadonlyMap<RegisterName, number> = new Map(
  REGISTER_ORDER.map((name, i) => [name, STATE.registers / 8 + i]),
);
const wide = (name: RegisterName): number => WIDE.get(name) as number;

const RAX = wide('rax');
const RBX = wide('rbx');
const RCX = wide('rcx');
const RDX = wide('rdx');
const RSI = wide('rsi');
const RDI = wide('rdi');
const RBP = wide('rbp');
const RSP = wide('rsp');
const RIP = wide('rip');
const RFLAGS = wide('rflags');
const EFLAGS = low('rflags');
const EAX = low('rax');
const EBX = low('rbx');
const ECX = low('rcx');
const EDX = low('rdx');
const ESI = low('rsi');
const EDI = low('rdi');
const EBP = low('rbp');

/** Where registers lie in the shared record. */
export const placesOf = (names: readonly RegisterName[]): number[] => names.map(low);

/**
 * The processor's registers over the record that the addon shares: no call is made to read or write one.
 *
 * During a port access rax..rbp are the guest's at that instruction; the others are live after a stop. What is written
 * takes effect when the guest goes on. The 32-bit names read unsigned and write zero-extended, as a 32-bit write of the
 * processor does.
 */
export class Registers {
  readonly #words: Uint32Array;
  readonly #quads: BigUint64Array;

  constructor(state: ArrayBuffer) {
    this.#words = new Uint32Array(state);
    this.#quads = new BigUint64Array(state);
  }

  get eax(): number {
    return this.#words[EAX] as number;
  }
  set eax(value: number) {
    this.#words[EAX] = value;
    this.#words[EAX + 1] = 0;
  }
  get ebx(): number {
    return this.#words[EBX] as number;
  }
  set ebx(value: number) {
    this.#words[EBX] = value;
    this.#words[EBX + 1] = 0;
  }
  get ecx(): number {
    return this.#words[ECX] as number;
  }
  set ecx(value: number) {
    this.#words[ECX] = value;
    this.#words[ECX + 1] = 0;
  }
  get edx(): number {
    return this.#words[EDX] as number;
  }
  set edx(value: number) {
    this.#words[EDX] = value;
    this.#words[EDX + 1] = 0;
  }
  get esi(): number {
    return this.#words[ESI] as number;
  }
  set esi(value: number) {
    this.#words[ESI] = value;
    this.#words[ESI + 1] = 0;
  }
  get edi(): number {
    return this.#words[EDI] as number;
  }
  set edi(value: number) {
    this.#words[EDI] = value;
    this.#words[EDI + 1] = 0;
  }
  get ebp(): number {
    return this.#words[EBP] as number;
  }
  set ebp(value: number) {
    this.#words[EBP] = value;
    this.#words[EBP + 1] = 0;
  }

  get rax(): bigint {
    return this.#quads[RAX] as bigint;
  }
  set rax(value: bigint) {
    this.#quads[RAX] = value;
  }
  get rbx(): bigint {
    return this.#quads[RBX] as bigint;
  }
  set rbx(value: bigint) {
    this.#quads[RBX] = value;
  }
  get rcx(): bigint {
    return this.#quads[RCX] as bigint;
  }
  set rcx(value: bigint) {
    this.#quads[RCX] = value;
  }
  get rdx(): bigint {
    return this.#quads[RDX] as bigint;
  }
  set rdx(value: bigint) {
    this.#quads[RDX] = value;
  }
  get rsi(): bigint {
    return this.#quads[RSI] as bigint;
  }
  set rsi(value: bigint) {
    this.#quads[RSI] = value;
  }
  get rdi(): bigint {
    return this.#quads[RDI] as bigint;
  }
  set rdi(value: bigint) {
    this.#quads[RDI] = value;
  }
  get rbp(): bigint {
    return this.#quads[RBP] as bigint;
  }
  set rbp(value: bigint) {
    this.#quads[RBP] = value;
  }

  get rsp(): bigint {
    return this.#quads[RSP] as bigint;
  }
  set rsp(value: bigint) {
    this.#quads[RSP] = value;
  }
  get rip(): bigint {
    return this.#quads[RIP] as bigint;
  }
  set rip(value: bigint) {
    this.#quads[RIP] = value;
  }
  get rflags(): bigint {
    return this.#quads[RFLAGS] as bigint;
  }
  set rflags(value: bigint) {
    this.#quads[RFLAGS] = value;
  }

  /** The low half of RFLAGS, which has all flags. */
  get eflags(): number {
    return this.#words[EFLAGS] as number;
  }

  /** Both halves of some registers, to be compared. @param places of their low halves, from {@link placesOf} */
  halves(places: readonly number[]): number[] {
    const halves: number[] = [];
    for (const place of places) halves.push(this.#words[place] as number, this.#words[place + 1] as number);
    return halves;
  }

  /** Whether registers hold what {@link halves} gave of the same places. */
  hold(places: readonly number[], halves: readonly number[]): boolean {
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as number;
      if (this.#words[place] !== halves[2 * index] || this.#words[place + 1] !== halves[2 * index + 1]) return false;
    }
    return true;
  }

  /** All 64 bits of the register at a place from {@link placesOf}. */
  at(place: number): bigint {
    return this.#quads[place >>> 1] as bigint;
  }

  /** The low half of the register there, unsigned. */
  lowAt(place: number): number {
    return this.#words[place] as number;
  }

  setAt(place: number, value: bigint): void {
    this.#quads[place >>> 1] = value;
  }

  /** Any register by its 64-bit name; r8..r15 read 0 below 64 bits. */
  get(name: RegisterName): bigint {
    return this.#quads[wide(name)] as bigint;
  }

  /** Any register by its 64-bit name, all 64 bits of it. */
  set(name: RegisterName, value: bigint): void {
    this.#quads[wide(name)] = value;
  }
}
