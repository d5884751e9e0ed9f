import { malformed } from './errors.ts';
import type { ElfReader } from './reader.ts';

/** One entry of a relocation table. */
export interface Relocation {
  /** Of the field: from the section's start (relocatable) or an address (linked). */
  readonly offset: bigint;
  readonly type: number;
  /** Index into the symbol table that goes with the relocation table. */
  readonly symbol: number;
  /** null: the addend lies in the field itself (SHT_REL). */
  readonly addend: bigint | null;
}

/** Reads a table of Elf_Rela (`explicit`) or Elf_Rel entries. */
export function readRelocations(reader: ElfReader, offset: number, size: number, explicit: boolean): Relocation[] {
  const word = reader.wordSize;
  const entry = word * (explicit ? 3 : 2);
  const what = 'a relocation table';
  reader.check(offset, size, what);
  if (size % entry !== 0) throw malformed(reader.name, `a relocation table of ${size} bytes, entries of ${entry}`);
  const relocations: Relocation[] = [];
  for (let at = offset; at < offset + size; at += entry) {
    const info = reader.word(at + word, what);
    relocations.push({
      offset: reader.word(at, what),
      type: Number(reader.is64 ? info & 0xffffffffn : info & 0xffn),
      symbol: Number(reader.is64 ? info >> 32n : info >> 8n),
      addend: explicit ? reader.signedWord(at + 2 * word, what) : null,
    });
  }
  return relocations;
}

/** R_X86_64_RELATIVE and R_386_RELATIVE have the same number. */
const RELATIVE = 8;
/** Packed relocations that are believed: a bit each, a small file could ask for any number. */
const PACKED_LIMIT = 1 << 20;

/**
 * Reads DT_RELR: an even word is the address of a relative relocation; an odd one has a bit for each of the 31 or 63
 * words that follow the last one (System V gABI, "Relative relocation table").
 */
export function readPackedRelocations(reader: ElfReader, offset: number, size: number): Relocation[] {
  const word = reader.wordSize;
  const what = 'packed relocations';
  const relocations: Relocation[] = [];
  const add = (place: bigint): void => {
    if (relocations.length >= PACKED_LIMIT) throw malformed(reader.name, `more than ${PACKED_LIMIT} ${what}`);
    relocations.push({ offset: place, type: RELATIVE, symbol: 0, addend: null });
  };
  reader.check(offset, size, what);
  let next = 0n;
  for (let at = offset; at + word <= offset + size; at += word) {
    const entry = reader.word(at, what);
    if ((entry & 1n) === 0n) {
      add(entry);
      next = entry + BigInt(word);
      continue;
    }
    for (let bit = 1; bit < word * 8; bit++) {
      if (((entry >> BigInt(bit)) & 1n) === 1n) add(next + BigInt((bit - 1) * word));
    }
    next += BigInt((word * 8 - 1) * word);
  }
  return relocations;
}
