import type { RegisterName, Registers } from '../../cpu/index.ts';

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
  readonly kept: readonly bigint[];
  /** What the stack pointer must be at the end. */
  readonly stack: bigint;
  readonly flags: bigint;
}

const DIRECTION_FLAG = 0x400n;
const INTERRUPT_FLAG = 0x200n;

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

  constructor(registers: Registers, word: 4 | 8) {
    this.#registers = registers;
    this.#word = word;
    this.#kept = KEPT[word];
  }

  /** A call begins. @param stack what the stack pointer must be at its end */
  enter(stack: bigint): AbiState {
    const registers = this.#registers;
    return { kept: this.#kept.map((name) => registers.get(name)), stack, flags: registers.rflags };
  }

  /** A call is over. @param pc the function that was called */
  leave(pc: bigint, { kept, stack, flags }: AbiState): void {
    if (this.onBreak === null) return;
    const { rflags, rsp } = this.#registers;
    const off = BigInt.asIntN(this.#word * 8, rsp - stack);
    if (off !== 0n) this.#report('stack', `${off}`, pc, null);
    for (let index = 0; index < kept.length; index++) {
      const name = this.#kept[index] as RegisterName;
      if (this.#registers.get(name) !== kept[index]) this.#report('register', this.#nameOf(name), pc, null);
    }
    if ((rflags & DIRECTION_FLAG) !== 0n) this.#report('direction', 'DF', pc, null);
    if ((rflags & INTERRUPT_FLAG) !== (flags & INTERRUPT_FLAG)) this.#report('interrupts', 'IF', pc, null);
  }

  /** The guest calls a kernel function. @param pc its return address */
  call(pc: bigint, called: string): void {
    if (this.onBreak !== null && (this.#registers.rflags & DIRECTION_FLAG) !== 0n) {
      this.#report('direction', 'DF', pc, called);
    }
  }

  #nameOf(name: RegisterName): string {
    return (this.#word === 8 ? name : name.replace('r', 'e')).toUpperCase();
  }

  #report(kind: AbiBreak['kind'], what: string, pc: bigint, called: string | null): void {
    this.onBreak?.({ kind, what, pc, called });
  }
}
