import type { ArgumentSource } from '../format/arguments.ts';
import type { MemoryAccess } from '../memory.ts';
import type { CallingConvention } from './conventions.ts';
import { bitsOf, fromSlot, type ParameterType } from './types.ts';

/** The registers that hold arguments and the stack pointer. */
export interface ArgumentRegisters {
  /** By a place of {@link CallingConvention.places}. */
  at(place: number): bigint;
  /** The low 32 bits, unsigned. */
  lowAt(place: number): number;
  readonly rsp: bigint;
}

/** The arguments of a call that has just entered its function: the return address is on top of the stack. */
export class CallArguments implements ArgumentSource {
  readonly wordBits: 32 | 64;
  readonly #memory: MemoryAccess;
  readonly #registers: ArgumentRegisters;
  readonly #convention: CallingConvention;
  #next = 0;
  /** The next argument on the stack; null until one is asked for. */
  #stack: bigint | null = null;
  /** The stack pointer at the call. */
  readonly #top: bigint;

  constructor(memory: MemoryAccess, registers: ArgumentRegisters, convention: CallingConvention) {
    this.#memory = memory;
    this.#registers = registers;
    this.#convention = convention;
    this.wordBits = convention.wordSize === 8 ? 64 : 32;
    this.#top = registers.rsp;
  }

  word(): bigint {
    const { places, wordSize } = this.#convention;
    if (this.#next < places.length) {
      const value = this.#registers.at(places[this.#next++] as number);
      return this.wordBits === 64 ? value : BigInt.asUintN(32, value);
    }
    const at: bigint = this.#stack ?? this.#top + BigInt(wordSize);
    const value = this.#memory.readUint(at, wordSize);
    this.#stack = at + BigInt(wordSize);
    return value;
  }

  wide(): bigint {
    if (this.wordBits === 64) return this.word();
    // regparm: a pair goes into registers only where both halves fit, else the rest of them stays empty.
    const { places } = this.#convention;
    if (places.length - this.#next < 2) this.#next = places.length;
    const low = this.word();
    return low | (this.word() << 32n);
  }

  /** The next argument as a value of this type. */
  take(type: ParameterType): number | bigint {
    const { places } = this.#convention;
    if (this.#next < places.length) {
      // What nearly every argument is, without arithmetic on big integers.
      if (type === 'int') return this.#registers.lowAt(places[this.#next++] as number) | 0;
      if (type === 'uint') return this.#registers.lowAt(places[this.#next++] as number);
      if (type === 'ptr') return this.word();
    }
    const slot = bitsOf(type, this.wordBits) > this.wordBits ? this.wide() : this.word();
    return fromSlot(type, slot, this.wordBits);
  }
}
