import type { RegisterFrame } from '../protocol/index.ts';
import { TRACE_REGISTERS } from './format.ts';
import { putQuads } from './pack.ts';
import type { TraceRegisters } from './registers.ts';

const COUNT: number = TRACE_REGISTERS.length;

/**
 * The registers of one moment. They are copied 64 bits at a time, from one typed array to another where the frame is
 * the processor's, and written as words of 32 bits: no bigint is made.
 */
export class RegisterWords {
  readonly #quads: BigUint64Array = new BigUint64Array(COUNT + 1);
  readonly #words: Uint32Array = new Uint32Array(this.#quads.buffer);

  take(registers: Pick<RegisterFrame, (typeof TRACE_REGISTERS)[number]>): void {
    const quads = this.#quads;
    quads[0] = registers.rax;
    quads[1] = registers.rbx;
    quads[2] = registers.rcx;
    quads[3] = registers.rdx;
    quads[4] = registers.rsi;
    quads[5] = registers.rdi;
    quads[6] = registers.rbp;
  }

  /** The instruction's address, too. */
  set pc(pc: bigint) {
    this.#quads[COUNT] = pc;
  }

  /** From a record that was read. */
  copy(registers: TraceRegisters): void {
    for (const [i, name] of TRACE_REGISTERS.entries()) this.#quads[i] = BigInt(registers[name]);
  }

  /** Little-endian, as every machine that this runs on. */
  put(bytes: Uint8Array, at: number): number {
    return putQuads(bytes, at, this.#words, 0, 2 * COUNT);
  }

  putPc(bytes: Uint8Array, at: number): number {
    return putQuads(bytes, at, this.#words, 2 * COUNT, 2 * COUNT + 2);
  }
}
