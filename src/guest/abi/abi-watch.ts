import { DIRECTION_FLAG, INTERRUPT_FLAG, placesOf, type RegisterName, type Registers } from '../../cpu/index.ts';

/** What the guest did not keep when it returned to its kernel. Plain data. */
export interface AbiBreak {
  readonly kind: 'register' | 'stack' | 'direction' | 'interrupts';
  /** `RBX`, `DF`; of the stack pointer how many bytes it is off. */
  readonly what: string;
  /** The function that returned; where it called the kernel, the return address. */
  readonly pc: bigint;
  /** The kernel's function that it called; null: its own call is over. */
  readonly called: string | null;
}

/** What a call must keep, as it was when the call began. */
export interface AbiState {
  /** Both halves of each kept register. */
  readonly kept: readonly number[];
  /** What the stack pointer must be at the end. */
  readonly stack: bigint;
  readonly flags: number;
}

const INTERRUPTS = Number(INTERRUPT_FLAG);

/** System V ABI: what a function returns as it was. */
const KEPT: Readonly<Record<4 | 8, readonly RegisterName[]>> = {
  8: ['rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'],
  4: ['rbx', 'rbp', 'rsi', 'rdi'],
};

/** Whether the guest keeps the ABI where it meets the kernel: at the end of a call, and where it calls a function. */
export class AbiWatch {
  onBreak: ((breach: AbiBreak) => void) | null = null;
  readonly #registers: Registers;
  readonly #word: 4 | 8;
  readonly #kept: readonly RegisterName[];
  readonly #places: readonly number[];

  constructor(registers: Registers, word: 4 | 8) {
    this.#registers = registers;
    this.#word = word;
    this.#kept = KEPT[word];
    this.#places = placesOf(this.#kept);
  }

  /** A call begins. @param stack what the stack pointer must be at its end */
  enter(stack: bigint): AbiState {
    const registers = this.#registers;
    return { kept: registers.halves(this.#places), stack, flags: registers.eflags };
  }

  /** A call is over. @param pc the function that was called */
  leave(pc: bigint, { kept, stack, flags }: AbiState): void {
    if (this.onBreak === null) return;
    const { eflags, rsp } = this.#registers;
    const off = BigInt.asIntN(this.#word * 8, rsp - stack);
    if (off !== 0n) this.#report('stack', `${off}`, pc, null);
    if (!this.#registers.hold(this.#places, kept)) this.#reportChanged(pc, kept);
    if ((eflags & DIRECTION_FLAG) !== 0) this.#report('direction', 'DF', pc, null);
    if ((eflags & INTERRUPTS) !== (flags & INTERRUPTS)) this.#report('interrupts', 'IF', pc, null);
  }

  /** The guest calls a kernel function. @param pc its return address */
  call(pc: bigint, called: string): void {
    if (this.onBreak !== null && (this.#registers.eflags & DIRECTION_FLAG) !== 0) {
      this.#report('direction', 'DF', pc, called);
    }
  }

  #reportChanged(pc: bigint, kept: readonly number[]): void {
    for (const [index, name] of this.#kept.entries()) {
      const same = this.#registers.hold(placesOf([name]), kept.slice(2 * index, 2 * index + 2));
      if (!same) this.#report('register', this.#nameOf(name), pc, null);
    }
  }

  #nameOf(name: RegisterName): string {
    return (this.#word === 8 ? name : name.replace('r', 'e')).toUpperCase();
  }

  #report(kind: AbiBreak['kind'], what: string, pc: bigint, called: string | null): void {
    this.onBreak?.({ kind, what, pc, called });
  }
}
