import type { RegisterFrame } from './registers.ts';

const BYTES = 7 * 8;

/** A register frame without a processor: for TypeScript that talks to the host directly. All are 0 at first. */
export class PlainRegisters implements RegisterFrame {
  /** RAX, RBX, RCX, RDX, RSI, RDI, RBP. */
  readonly wide: BigUint64Array<ArrayBuffer>;
  // Little-endian, as every machine that this runs on: the low half of each comes first.
  readonly #narrow: Uint32Array<ArrayBuffer>;

  /** @param values of some registers: `{ eax: BDOOR_MAGIC, ecx: BDOOR_CMD_GETVERSION }`. */
  constructor(values: Partial<RegisterFrame> = {}) {
    const buffer = new ArrayBuffer(BYTES);
    this.wide = new BigUint64Array(buffer);
    this.#narrow = new Uint32Array(buffer);
    Object.assign(this, values);
  }

  get eax(): number {
    return this.#low(0);
  }
  set eax(value: number) {
    this.#extend(0, value);
  }
  get ebx(): number {
    return this.#low(1);
  }
  set ebx(value: number) {
    this.#extend(1, value);
  }
  get ecx(): number {
    return this.#low(2);
  }
  set ecx(value: number) {
    this.#extend(2, value);
  }
  get edx(): number {
    return this.#low(3);
  }
  set edx(value: number) {
    this.#extend(3, value);
  }
  get esi(): number {
    return this.#low(4);
  }
  set esi(value: number) {
    this.#extend(4, value);
  }
  get edi(): number {
    return this.#low(5);
  }
  set edi(value: number) {
    this.#extend(5, value);
  }
  get ebp(): number {
    return this.#low(6);
  }
  set ebp(value: number) {
    this.#extend(6, value);
  }

  get rax(): bigint {
    return this.wide[0] as bigint;
  }
  set rax(value: bigint) {
    this.wide[0] = value;
  }
  get rbx(): bigint {
    return this.wide[1] as bigint;
  }
  set rbx(value: bigint) {
    this.wide[1] = value;
  }
  get rcx(): bigint {
    return this.wide[2] as bigint;
  }
  set rcx(value: bigint) {
    this.wide[2] = value;
  }
  get rdx(): bigint {
    return this.wide[3] as bigint;
  }
  set rdx(value: bigint) {
    this.wide[3] = value;
  }
  get rsi(): bigint {
    return this.wide[4] as bigint;
  }
  set rsi(value: bigint) {
    this.wide[4] = value;
  }
  get rdi(): bigint {
    return this.wide[5] as bigint;
  }
  set rdi(value: bigint) {
    this.wide[5] = value;
  }
  get rbp(): bigint {
    return this.wide[6] as bigint;
  }
  set rbp(value: bigint) {
    this.wide[6] = value;
  }

  #low(index: number): number {
    return this.#narrow[2 * index] as number;
  }

  #extend(index: number, value: number): void {
    this.#narrow[2 * index] = value;
    this.#narrow[2 * index + 1] = 0;
  }
}
