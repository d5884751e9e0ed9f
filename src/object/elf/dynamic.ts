import { truncated } from './errors.ts';
import type { ElfReader } from './reader.ts';
import { type Relocation, readPackedRelocations, readRelocations } from './relocations.ts';
import { type Section, SHT_DYNSYM } from './sections.ts';
import { fileOffset, PT_DYNAMIC, type Segment } from './segments.ts';
import { type ElfSymbol, readSymbols, symbolSize } from './symbols.ts';

/** d_tag */
const DT_NEEDED = 1;
const DT_PLTRELSZ = 2;
const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_RELA = 7;
const DT_RELASZ = 8;
const DT_STRSZ = 10;
const DT_INIT = 12;
const DT_REL = 17;
const DT_RELSZ = 18;
const DT_PLTREL = 20;
const DT_JMPREL = 23;
const DT_INIT_ARRAY = 25;
const DT_INIT_ARRAYSZ = 27;
const DT_RELRSZ = 35;
const DT_RELR = 36;
const DT_GNU_HASH = 0x6ffffef5;

/** What the dynamic linker reads of a linked file. */
export interface DynamicInfo {
  /** Its own symbol table: relocations index into it. */
  readonly symbols: readonly ElfSymbol[];
  readonly relocations: readonly Relocation[];
  /** Names of the libraries that it wants beside it. */
  readonly needed: readonly string[];
  /** Address of the function that comes before all others, null if there is none. */
  readonly init: bigint | null;
  /** Pointers to the functions that come next: address and size in bytes. */
  readonly initArray: { readonly address: bigint; readonly size: number };
}

/** Reads the dynamic section of a shared object or a linked program, null if it has none. */
export function readDynamic(
  reader: ElfReader,
  segments: readonly Segment[],
  sections: readonly Section[],
): DynamicInfo | null {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (dynamic === undefined) return null;
  const { tags, neededNames } = readTags(reader, dynamic);
  const locate = (tag: number, size: number, what: string): number => {
    const address = tags.get(tag) ?? 0n;
    const offset = fileOffset(segments, address, size);
    if (offset === null) throw truncated(reader.name, what, address, size);
    return offset;
  };
  const size = (tag: number): number => Number(tags.get(tag) ?? 0n);
  const namesSize = size(DT_STRSZ);
  const names = { offset: namesSize === 0 ? 0 : locate(DT_STRTAB, namesSize, 'the dynamic names'), size: namesSize };
  const table = (at: number, bytes: number, explicit: boolean): Relocation[] =>
    bytes === 0 ? [] : readRelocations(reader, at, bytes, explicit);
  const relocationsAt = (tag: number, sizeTag: number, explicit: boolean): Relocation[] =>
    table(size(sizeTag) === 0 ? 0 : locate(tag, size(sizeTag), 'dynamic relocations'), size(sizeTag), explicit);
  const count = countSymbols(reader, sections, tags, locate);
  return {
    symbols: count === 0 ? [] : readSymbols(reader, locate(DT_SYMTAB, symbolSize(reader), 'dynsym'), count, names),
    relocations: [
      ...(size(DT_RELRSZ) === 0
        ? []
        : readPackedRelocations(reader, locate(DT_RELR, size(DT_RELRSZ), 'packed relocations'), size(DT_RELRSZ))),
      ...relocationsAt(DT_RELA, DT_RELASZ, true),
      ...relocationsAt(DT_REL, DT_RELSZ, false),
      ...relocationsAt(DT_JMPREL, DT_PLTRELSZ, tags.get(DT_PLTREL) === BigInt(DT_RELA)),
    ],
    init: tags.get(DT_INIT) ?? null,
    initArray: { address: tags.get(DT_INIT_ARRAY) ?? 0n, size: size(DT_INIT_ARRAYSZ) },
    needed: neededNames.map((at) => reader.string(names.offset + at, names.offset + names.size, 'a library name')),
  };
}

function readTags(reader: ElfReader, dynamic: Segment): { tags: Map<number, bigint>; neededNames: number[] } {
  const what = 'the dynamic section';
  const entry = 2 * reader.wordSize;
  const tags = new Map<number, bigint>();
  const neededNames: number[] = [];
  for (let at = dynamic.offset; at + entry <= dynamic.offset + dynamic.fileSize; at += entry) {
    const tag = Number(reader.word(at, what));
    if (tag === 0) break;
    if (tag === DT_NEEDED) neededNames.push(reader.count(at + reader.wordSize, what));
    else tags.set(tag, reader.word(at + reader.wordSize, what));
  }
  return { tags, neededNames };
}

/** The dynamic section does not say how many symbols there are: the section header or a hash table does. */
function countSymbols(
  reader: ElfReader,
  sections: readonly Section[],
  tags: ReadonlyMap<number, bigint>,
  locate: (tag: number, size: number, what: string) => number,
): number {
  const section = sections.find((candidate) => candidate.type === SHT_DYNSYM);
  if (section !== undefined) return Math.floor(section.size / symbolSize(reader));
  if (tags.has(DT_HASH)) return reader.u32(locate(DT_HASH, 8, 'the hash table') + 4, 'the hash table');
  if (tags.has(DT_GNU_HASH)) return countGnuHash(reader, locate(DT_GNU_HASH, 16, 'the hash table'));
  return 0;
}

/** The last chain ends at the last symbol; each entry whose lowest bit is set ends a chain. */
function countGnuHash(reader: ElfReader, at: number): number {
  const what = 'the GNU hash table';
  const buckets = reader.u32(at, what);
  const firstSymbol = reader.u32(at + 4, what);
  const bucketsAt = at + 16 + reader.u32(at + 8, what) * reader.wordSize;
  reader.check(bucketsAt, buckets * 4, what);
  let last = 0;
  for (let index = 0; index < buckets; index++) last = Math.max(last, reader.u32(bucketsAt + index * 4, what));
  if (last < firstSymbol) return firstSymbol;
  const chainsAt = bucketsAt + buckets * 4;
  while ((reader.u32(chainsAt + (last - firstSymbol) * 4, what) & 1) === 0) last++;
  return last + 1;
}
