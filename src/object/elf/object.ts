import { type DynamicInfo, readDynamic } from './dynamic.ts';
import { discardedSections } from './groups.ts';
import { type ElfHeader, type ElfMachine, type ElfType, readHeader } from './header.ts';
import { readKallsyms } from './kallsyms.ts';
import type { ElfReader } from './reader.ts';
import { readSections, type Section, SHT_SYMTAB } from './sections.ts';
import { readSegments, type Segment } from './segments.ts';
import { type ElfSymbol, readSymbolSection, type SymbolType } from './symbols.ts';

/** A symbol that the file wants from elsewhere. */
export interface ImportedSymbol {
  readonly name: string;
  /** May stay undefined: its address is 0 then. */
  readonly weak: boolean;
  /** `none` in relocatable files, which do not know. */
  readonly type: SymbolType;
}

/** An ELF file, read and checked, not yet placed in memory. */
export interface ObjectFile {
  /** As the caller named it, for messages. */
  readonly name: string;
  readonly type: ElfType;
  readonly machine: ElfMachine;
  readonly bits: 32 | 64;
  readonly entry: bigint;
  readonly reader: ElfReader;
  readonly sections: readonly Section[];
  readonly segments: readonly Segment[];
  /** .symtab, or what a stripped kernel of Linux keeps for itself; any other stripped file has none. */
  readonly symbols: readonly ElfSymbol[];
  readonly dynamic: DynamicInfo | null;
  readonly imports: readonly ImportedSymbol[];
  /** Indexes of sections in dropped COMDAT groups. */
  readonly discarded: ReadonlySet<number>;
}

/**
 * Reads an ELF object for amd64 or i386. Every offset, size and count in it is checked.
 * Throws a VmtbenchError whose code starts with `elf.` for anything else than a well-formed file.
 */
export function parseObject(bytes: Uint8Array, name: string): ObjectFile {
  const { reader, header } = readHeader(bytes, name);
  const sections = readSections(reader, header);
  const segments = readSegments(reader, header);
  const table = sections.find((section) => section.type === SHT_SYMTAB);
  const symbols =
    table === undefined ? hiddenSymbols(reader, header, sections) : readSymbolSection(reader, table, sections);
  const dynamic = readDynamic(reader, segments, sections);
  return {
    name,
    type: header.type,
    machine: header.machine,
    bits: reader.is64 ? 64 : 32,
    entry: header.entry,
    reader,
    sections,
    segments,
    symbols,
    dynamic,
    imports: importsOf(dynamic === null ? symbols : dynamic.symbols),
    discarded: discardedSections(reader, sections, symbols),
  };
}

/** A whole kernel of Linux knows its symbols without a table of ELF's. */
function hiddenSymbols(reader: ElfReader, { type }: ElfHeader, sections: readonly Section[]): ElfSymbol[] {
  return type === 'executable' ? readKallsyms(reader, sections) : [];
}

function importsOf(symbols: readonly ElfSymbol[]): ImportedSymbol[] {
  const imports = new Map<string, ImportedSymbol>();
  for (const { name, home, binding, type } of symbols) {
    if (home !== 'undefined' || name === '' || binding === 'local') continue;
    imports.set(name, { name, weak: binding === 'weak', type });
  }
  return [...imports.values()];
}
