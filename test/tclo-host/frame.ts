import type { RegisterFrame } from '../../src/protocol/index.ts';

const NAMES = ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp'] as const;
type Name = (typeof NAMES)[number];

/** The seven registers of a call over one buffer, as a CPU would keep them; every test's guest is made of these. */
export class Frame implements RegisterFrame {
  readonly wide: BigUint64Array<ArrayBuffer> = new BigUint64Array(7);
  readonly narrow: Uint32Array<ArrayBuffer> = new Uint32Array(this.wide.buffer);

  static of(values: Partial<Record<`e${Name}`, number>>): Frame {
    const frame = new Frame();
    for (const name of NAMES) frame[`e${name}`] = values[`e${name}`] ?? 0;
    return frame;
  }

  #get(index: number): number {
    return this.narrow[2 * index] ?? 0;
  }

  #set(index: number, value: number): void {
    this.narrow[2 * index] = value;
    this.narrow[2 * index + 1] = 0;
  }

  get eax(): number {
    return this.#get(0);
  }
  set eax(value: number) {
    this.#set(0, value);
  }
  get ebx(): number {
    return this.#get(1);
  }
  set ebx(value: number) {
    this.#set(1, value);
  }
  get ecx(): number {
    return this.#get(2);
  }
  set ecx(value: number) {
    this.#set(2, value);
  }
  get edx(): number {
    return this.#get(3);
  }
  set edx(value: number) {
    this.#set(3, value);
  }
  get esi(): number {
    return this.#get(4);
  }
  set esi(value: number) {
    this.#set(4, value);
  }
  get edi(): number {
    return this.#get(5);
  }
  set edi(value: number) {
    this.#set(5, value);
  }
  get ebp(): number {
    return this.#get(6);
  }
  set ebp(value: number) {
    this.#set(6, value);
  }
  get rax(): bigint {
    return this.wide[0] ?? 0n;
  }
  set rax(value: bigint) {
    this.wide[0] = value;
  }
  get rbx(): bigint {
    return this.wide[1] ?? 0n;
  }
  set rbx(value: bigint) {
    this.wide[1] = value;
  }
  get rcx(): bigint {
    return this.wide[2] ?? 0n;
  }
  set rcx(value: bigint) {
    this.wide[2] = value;
  }
  get rdx(): bigint {
    return this.wide[3] ?? 0n;
  }
  set rdx(value: bigint) {
    this.wide[3] = value;
  }
  get rsi(): bigint {
    return this.wide[4] ?? 0n;
  }
  set rsi(value: bigint) {
    this.wide[4] = value;
  }
  get rdi(): bigint {
    return this.wide[5] ?? 0n;
  }
  set rdi(value: bigint) {
    this.wide[5] = value;
  }
  get rbp(): bigint {
    return this.wide[6] ?? 0n;
  }
  set rbp(value: bigint) {
    this.wide[6] = value;
  }
}
