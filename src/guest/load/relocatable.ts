import { malformed } from '../elf/errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import type { RelocationType } from '../elf/relocation-types.ts';
import { type Relocation, readRelocations } from '../elf/relocations.ts';
import { type Section, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS, SHT_REL, SHT_RELA } from '../elf/sections.ts';
import type { ElfSymbol } from '../elf/symbols.ts';
import { GlobalOffsetTable } from './got.ts';
import type { Image, ImageRegion, Resolver } from './image.ts';
import { type Group, type Layout, layOut } from './layout.ts';
import { relocate, relocationType } from './relocate.ts';
import { nameOf, placedSymbols, symbolAddresses } from './symbol-addresses.ts';

/** The relocations of one loaded section. */
interface Table {
  readonly target: Section;
  readonly entries: readonly { readonly relocation: Relocation; readonly type: RelocationType; symbol: ElfSymbol }[];
}

/** Places and relocates an ET_REL object from `base` upwards. Sections that are not loaded stay as they are. */
export function placeRelocatable(object: ObjectFile, base: bigint, resolve: Resolver): Image {
  const tables = readTables(object);
  const slotSize = object.bits === 64 ? 8 : 4;
  const got = gotUse(tables);
  const layout = layOut(object, base, Math.max(got.slots, got.used ? 1 : 0) * slotSize);
  const table = new GlobalOffsetTable(layout.got, got.slots, slotSize);
  const addressOf = symbolAddresses(object, layout, resolve);
  const contents = layout.groups.map((group) => contentsOf(object, group, layout));
  const bytesOf = new Map(contents.flatMap((content) => [...content.sections]));
  for (const { target, entries } of tables) {
    const bytes = bytesOf.get(target.index);
    const start = layout.sections.get(target.index);
    if (bytes === undefined || start === undefined) continue;
    for (const { relocation, type, symbol } of entries) {
      const address = addressOf(symbol);
      if (address === null) continue;
      const at = relocation.offset > BigInt(bytes.length) ? bytes.length : Number(relocation.offset);
      const where = `${object.name}: ${target.name}`;
      const field = { machine: object.machine, where, bytes, at, place: start + BigInt(at) };
      relocate(field, type, relocation.addend, {
        symbol: { name: nameOf(object, symbol), address, size: symbol.size },
        got: layout.got,
        gotSlot: () => table.slot(symbol.index, address),
        base,
        tlsOffset: 0n,
      });
    }
  }
  const regions = contents.map(({ region }) => withGot(region, layout.got, table.bytes));
  return {
    object,
    base,
    regions,
    sections: placedSections(object, layout),
    symbols: placedSymbols(object, layout),
    tls: null,
  };
}

/** Relocation tables of loaded sections, every entry's type and symbol checked. */
function readTables(object: ObjectFile): Table[] {
  const tables: Table[] = [];
  for (const section of object.sections) {
    if (section.type !== SHT_REL && section.type !== SHT_RELA) continue;
    const target = object.sections[section.info];
    if (target === undefined) throw malformed(object.name, `${section.name} relocates section ${section.info}`);
    if ((target.flags & SHF_ALLOC) === 0 || target.type === SHT_NOBITS || object.discarded.has(target.index)) continue;
    const where = `${object.name}: ${target.name}`;
    const all = readRelocations(object.reader, section.offset, section.size, section.type === SHT_RELA);
    const entries = all.map((relocation) => {
      const symbol = object.symbols[relocation.symbol];
      if (symbol === undefined) throw malformed(object.name, `${section.name} names symbol ${relocation.symbol}`);
      const type = relocationType(object.machine, relocation.type, where, nameOf(object, symbol));
      return { relocation, type, symbol };
    });
    tables.push({ target, entries });
  }
  return tables;
}

function gotUse(tables: readonly Table[]): { slots: number; used: boolean } {
  const slots = new Set<number>();
  let used = false;
  for (const { entries } of tables) {
    for (const { type, symbol } of entries) {
      if (type.formula.startsWith('G+')) slots.add(symbol.index);
      if (type.formula.includes('G')) used = true;
    }
  }
  return { slots: slots.size, used };
}

/** A group's bytes with its sections' contents in place, and a window on each section. */
function contentsOf(
  object: ObjectFile,
  group: Group,
  layout: Layout,
): { region: ImageRegion; sections: Map<number, Uint8Array> } {
  const inFile = group.sections.filter((section) => section.type !== SHT_NOBITS);
  const offsetOf = (section: Section): number => Number((layout.sections.get(section.index) ?? 0n) - group.address);
  const ends = inFile.map((section) => offsetOf(section) + section.size);
  const bytes = new Uint8Array(Math.max(0, ...ends));
  const sections = new Map<number, Uint8Array>();
  for (const section of inFile) {
    const window = bytes.subarray(offsetOf(section), offsetOf(section) + section.size);
    window.set(object.reader.slice(section.offset, section.size, section.name));
    sections.set(section.index, window);
  }
  const { address, size, protection } = group;
  return { region: { address, size, protection, bytes }, sections };
}

function withGot(region: ImageRegion, got: bigint, slots: Uint8Array): ImageRegion {
  const at = Number(got - region.address);
  if (slots.length === 0 || at < 0 || at >= region.size) return region;
  const bytes = new Uint8Array(Math.max(region.bytes.length, at + slots.length));
  bytes.set(region.bytes);
  bytes.set(slots, at);
  return { ...region, bytes };
}

function placedSections(object: ObjectFile, layout: Layout): Image['sections'] {
  return [...layout.sections].map(([index, address]) => {
    const section = object.sections[index];
    const executable = ((section?.flags ?? 0) & SHF_EXECINSTR) !== 0;
    return { name: section?.name ?? '', address, size: section?.size ?? 0, executable };
  });
}
