import type { ArgumentSource } from '../format/arguments.ts';
import type { MemoryAccess } from '../memory.ts';
import type { CallingConvention } from './conventions.ts';
import { bitsOf, fromSlot, type ParameterType } from './types.ts';

/** The registers that hold arguments and the stack pointer. */
export interface ArgumentRegisters {
  get(name: CallingConvention['registers'][number]): bigint;
  readonly rsp: bigint;
}

/** The arguments of a call that has just entered its function: the return address is on top of the stack. */
export class CallArguments implements ArgumentSource {
  readonly wordBits: 32 | 64;
  readonly #memory: MemoryAccess;
  readonly #registers: ArgumentRegisters;
  readonly #convention: CallingConvention;
  #next = 0;
  #stack: bigint;

  constructor(memory: MemoryAccess, registers: ArgumentRegisters, convention: CallingConvention) {
    this.#memory = memory;
    this.#registers = registers;
    this.#convention = convention;
    this.wordBits = convention.wordSize === 8 ? 64 : 32;
    this.#stack = registers.rsp + BigInt(convention.wordSize);
  }

  word(): bigint {
    const register = this.#convention.registers[this.#next];
    if (register !== undefined) {
      this.#next++;
      return BigInt.asUintN(this.wordBits, this.#registers.get(register));
    }
    const { wordSize } = this.#convention;
    const value = this.#memory.readUint(this.#stack, wordSize);
    this.#stack += BigInt(wordSize);
    return value;
  }

  wide(): bigint {
    if (this.wordBits === 64) return this.word();
    // regparm: a pair goes into registers only where both halves fit, else the rest of them stays empty.
    if (this.#convention.registers.length - this.#next < 2) this.#next = this.#convention.registers.length;
    const low = this.word();
    return low | (this.word() << 32n);
  }

  /** The next argument as a value of this type. */
  take(type: ParameterType): number | bigint {
    const slot = bitsOf(type, this.wordBits) > this.wordBits ? this.wide() : this.word();
    return fromSlot(type, slot, this.wordBits);
  }
}
