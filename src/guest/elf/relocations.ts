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
