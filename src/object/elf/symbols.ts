import { malformed } from './errors.ts';
import type { ElfReader } from './reader.ts';
import { type Section, SHT_SYMTAB_SHNDX } from './sections.ts';

/** Where a symbol is defined: in the section of this index, or in none. */
export type SymbolHome = number | 'undefined' | 'absolute' | 'common';
export type SymbolBinding = 'local' | 'global' | 'weak';
/** `ifunc`: a function that gives the address of the function to call. */
export type SymbolType = 'none' | 'object' | 'function' | 'section' | 'file' | 'common' | 'tls' | 'ifunc' | 'other';

/** One entry of a symbol table. */
export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  /** Offset in its section (relocatable), address (linked), alignment (common). */
  readonly value: bigint;
  /** Bytes. */
  readonly size: number;
  readonly binding: SymbolBinding;
  readonly type: SymbolType;
  readonly home: SymbolHome;
}

const SHN_LORESERVE = 0xff00;
const SHN_XINDEX = 0xffff;
const RESERVED_HOMES: Readonly<Record<number, SymbolHome>> = { 0: 'undefined', 65521: 'absolute', 65522: 'common' };
/** STB_GNU_UNIQUE (10) is global for one object. */
const BINDINGS: Readonly<Record<number, SymbolBinding>> = { 0: 'local', 1: 'global', 2: 'weak', 10: 'global' };
const TYPES: Readonly<Record<number, SymbolType>> = {
  0: 'none',
  1: 'object',
  2: 'function',
  3: 'section',
  4: 'file',
  5: 'common',
  6: 'tls',
  10: 'ifunc', // STT_GNU_IFUNC
};

/** Bytes of an entry: Elf64_Sym, Elf32_Sym. */
export function symbolSize(reader: ElfReader): number {
  return reader.is64 ? 24 : 16;
}

/** A symbol table that lies in a section; `sections` for the names and for indexes beyond 16 bits. */
export function readSymbolSection(reader: ElfReader, table: Section, sections: readonly Section[]): ElfSymbol[] {
  const names = sections[table.link];
  if (names === undefined) throw malformed(reader.name, `symbol table ${table.name} has no string table`);
  const wide = sections.find((s) => s.type === SHT_SYMTAB_SHNDX && s.link === table.index);
  const count = Math.floor(table.size / symbolSize(reader));
  const extended = (index: number): number =>
    wide === undefined || index * 4 + 4 > wide.size ? 0 : reader.u32(wide.offset + index * 4, wide.name);
  return readSymbols(reader, table.offset, count, names, extended);
}

/** `count` symbols at `offset`, their names in the given piece of the file. */
export function readSymbols(
  reader: ElfReader,
  offset: number,
  count: number,
  names: { readonly offset: number; readonly size: number },
  extendedIndex: (index: number) => number = () => 0,
): ElfSymbol[] {
  reader.check(offset, count * symbolSize(reader), 'the symbol table');
  const symbols: ElfSymbol[] = [];
  for (let index = 0; index < count; index++) {
    const at = offset + index * symbolSize(reader);
    const what = `symbol ${index}`;
    const [info, home, value, size] = reader.is64 ? [4, 6, 8, 16] : [12, 14, 4, 8];
    const nameOffset = reader.u32(at, what);
    const kind = reader.u8(at + info, what);
    const shndx = reader.u16(at + home, what);
    symbols.push({
      index,
      name: nameOffset === 0 ? '' : reader.string(names.offset + nameOffset, names.offset + names.size, what),
      value: reader.word(at + value, what),
      size: reader.count(at + size, what),
      binding: BINDINGS[kind >> 4] ?? 'global',
      type: TYPES[kind & 15] ?? 'other',
      home: homeOf(shndx, () => extendedIndex(index)),
    });
  }
  return symbols;
}

function homeOf(shndx: number, extended: () => number): SymbolHome {
  if (shndx === SHN_XINDEX) return extended();
  const reserved = RESERVED_HOMES[shndx];
  if (reserved !== undefined) return reserved;
  return shndx >= SHN_LORESERVE ? 'absolute' : shndx;
}
