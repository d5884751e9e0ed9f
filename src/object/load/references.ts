import type { RelocationType } from '../elf/relocation-types.ts';
import { iced } from '../iced.ts';
import { type Field, fieldValue } from './relocate.ts';
import { lowerBound } from './search.ts';

/** Bytes that may follow an address in an instruction: its operand. */
const OPERAND_LENGTHS = [0, 1, 2, 4] as const;
/** Bytes of an instruction before the address in it, at most: prefixes, opcode, ModRM, SIB. */
const MOST_BEFORE = 10;
const LONGEST_INSTRUCTION = 15;
/** Instructions to decode at most; beyond, everything counts as referred to. Padding is rarely so near. */
const LOOK_LIMIT = 4096;

interface Reference {
  readonly to: bigint;
  /** Only if so many bytes follow the address in the instruction around this field. */
  readonly after: { readonly field: Field; readonly operand: number } | null;
}

/** Addresses that an object's code and data refer to. */
export class References {
  #list: Reference[] = [];
  #sorted = true;
  #looks = 0;

  /** An address that something certainly uses. */
  add(to: bigint): void {
    this.#push({ to, after: null });
  }

  /**
   * What a relocated field refers to. A processor counts from the end of its instruction: where code has such an
   * address, what it means depends on how much of the instruction follows.
   * @param symbol the address that the relocation counts from. @param code whether instructions lie there.
   */
  addField(field: Field, type: RelocationType, addend: bigint | null, symbol: bigint, code: boolean): void {
    const value = fieldValue(field, type, addend);
    if (value === null) return;
    const to = symbol + value;
    if (!code || !type.formula.endsWith('-P')) this.add(to);
    else {
      for (const operand of OPERAND_LENGTHS)
        this.#push({ to: to + BigInt(type.size + operand), after: { field, operand } });
    }
  }

  /** Does anything refer to an address from `start` to before `end`? True where the code leaves it open. */
  anyIn(start: bigint, end: bigint): boolean {
    if (!this.#sorted) this.#list.sort((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : 0));
    this.#sorted = true;
    const list = this.#list;
    const first = lowerBound(list.length, (index) => (list[index]?.to ?? 0n) < start);
    for (let index = first; ; index++) {
      const reference = list[index];
      if (reference === undefined || reference.to >= end) return false;
      if (reference.after === null || this.#looks++ >= LOOK_LIMIT) return true;
      if (mayFollow(reference.after.field, reference.after.operand)) return true;
    }
  }

  #push(reference: Reference): void {
    this.#list.push(reference);
    this.#sorted = false;
  }
}

/**
 * Can that many bytes follow the address in the instruction around a field? Where the instruction begins is not
 * known: each beginning that makes sense counts, and where none does, everything may follow.
 */
function mayFollow({ bytes, at }: Field, operand: number): boolean {
  const lengths = new Set<number>();
  for (let before = 2; before <= Math.min(MOST_BEFORE, at); before++) {
    const length = lengthOf(bytes.subarray(at - before, at - before + LONGEST_INSTRUCTION), before);
    if (length !== null) lengths.add(length - before - 4);
  }
  return lengths.size === 0 || lengths.has(operand);
}

/** The length of the one instruction here, if its address is the four bytes at that offset. */
function lengthOf(bytes: Uint8Array, addressAt: number): number | null {
  const { Decoder, DecoderOptions, Code } = iced();
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  try {
    const instruction = decoder.decode();
    const offsets = decoder.getConstantOffsets(instruction);
    const fits = offsets.hasDisplacement && offsets.displacementOffset === addressAt && offsets.displacementSize === 4;
    const length =
      instruction.code !== Code.INVALID && instruction.isIpRelMemoryOperand && fits ? instruction.length : null;
    offsets.free();
    instruction.free();
    return length;
  } finally {
    decoder.free();
  }
}
