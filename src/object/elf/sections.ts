import { malformed } from './errors.ts';
import type { ElfHeader } from './header.ts';
import type { ElfReader } from './reader.ts';

/** sh_type */
export const SHT_NULL = 0;
export const SHT_SYMTAB = 2;
export const SHT_RELA = 4;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_DYNSYM = 11;
export const SHT_INIT_ARRAY = 14;
export const SHT_PREINIT_ARRAY = 16;
export const SHT_GROUP = 17;
export const SHT_SYMTAB_SHNDX = 18;

/** sh_flags */
export const SHF_WRITE = 0x1;
export const SHF_ALLOC = 0x2;
export const SHF_EXECINSTR = 0x4;
export const SHF_MERGE = 0x10;
export const SHF_TLS = 0x400;

const SHN_XINDEX = 0xffff;
/** Largest alignment that is believed: a huge page. */
const ALIGN_LIMIT = 2 * 1024 * 1024;

/** One section header. Its bytes are known to be in the file (all but SHT_NOBITS and SHT_NULL). */
export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  /** Low 32 bits of sh_flags. */
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  /** In memory, bytes. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  /** A power of two, 1 if none is asked. */
  readonly align: number;
  readonly entrySize: number;
}

/** Reads all section headers; an object without them has none. */
export function readSections(reader: ElfReader, header: ElfHeader): Section[] {
  const { offset, entrySize } = header.sectionHeaders;
  if (offset === 0) return [];
  const first = readSection(reader, offset, 0);
  // More than 0xfeff sections: the first header carries the real numbers.
  const count = header.sectionHeaders.count === 0 ? first.size : header.sectionHeaders.count;
  reader.check(offset, count * entrySize, 'the section header table');
  const raw = [first];
  for (let index = 1; index < count; index++) raw.push(readSection(reader, offset + index * entrySize, index));
  const names = raw[header.sectionNames === SHN_XINDEX ? first.link : header.sectionNames];
  const sections = raw.map((section) => checkSection(reader, withName(reader, section, names)));
  checkOverlap(reader, sections);
  return sections;
}

/** Sections that share bytes would make work without end out of a small file. */
function checkOverlap(reader: ElfReader, sections: readonly Section[]): void {
  let total = 0;
  for (const { type, size } of sections) if (type !== SHT_NULL && type !== SHT_NOBITS) total += size;
  if (total > reader.bytes.length) throw malformed(reader.name, 'sections overlap each other');
}

interface RawSection extends Omit<Section, 'name'> {
  readonly nameOffset: number;
}

function readSection(reader: ElfReader, at: number, index: number): RawSection {
  const what = `section header ${index}`;
  const word = reader.wordSize;
  const field = (number: number): number => at + 8 + number * word;
  const links = field(4);
  const section = {
    index,
    nameOffset: reader.u32(at, what),
    type: reader.u32(at + 4, what),
    flags: Number(BigInt.asUintN(32, reader.word(field(0), what))),
    address: reader.word(field(1), what),
    offset: reader.count(field(2), what),
    size: reader.count(field(3), what),
    link: reader.u32(links, what),
    info: reader.u32(links + 4, what),
    align: Math.max(1, reader.count(links + 8, what)),
    entrySize: reader.count(links + 8 + word, what),
  };
  return section;
}

function withName(reader: ElfReader, raw: RawSection, names: RawSection | undefined): Section {
  const { nameOffset, ...section } = raw;
  if (names === undefined || section.type === SHT_NULL) return { ...section, name: '' };
  const what = `the name of section ${section.index}`;
  return { ...section, name: reader.string(names.offset + nameOffset, names.offset + names.size, what) };
}

function checkSection(reader: ElfReader, section: Section): Section {
  if (section.type === SHT_NULL) return section;
  if (section.type !== SHT_NOBITS) reader.check(section.offset, section.size, `section ${section.name}`);
  const { align } = section;
  if (align > ALIGN_LIMIT || (align & (align - 1)) !== 0) {
    throw malformed(reader.name, `section ${section.name} is aligned to ${align}`);
  }
  return section;
}
