import { VmtbenchError } from '../../errors.ts';
import { malformed } from '../elf/errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import type { RelocationType } from '../elf/relocation-types.ts';
import { type Relocation, readRelocations } from '../elf/relocations.ts';
import {
  type Section,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHT_INIT_ARRAY,
  SHT_NOBITS,
  SHT_PREINIT_ARRAY,
  SHT_REL,
  SHT_RELA,
} from '../elf/sections.ts';
import type { ElfSymbol } from '../elf/symbols.ts';
import { gapsOf } from './gaps.ts';
import { GlobalOffsetTable, type GotKind, gotKey, gotWords } from './got.ts';
import type { Image, ImageRegion, Resolver } from './image.ts';
import { type Group, type Layout, layOut } from './layout.ts';
import { References } from './references.ts';
import { gotUse, isThreadLocal, relocate, relocationType } from './relocate.ts';
import { nameOf, placedSymbols, type SectionShift, symbolAddresses } from './symbol-addresses.ts';

/** The relocations of one loaded section. */
interface Table {
  readonly target: Section;
  readonly entries: readonly { readonly relocation: Relocation; readonly type: RelocationType; symbol: ElfSymbol }[];
}

/** Places and relocates an ET_REL object from `base` upwards. Sections that are not loaded stay as they are. */
export function placeRelocatable(object: ObjectFile, base: bigint, resolve: Resolver, shift?: SectionShift): Image {
  const tables = readTables(object);
  const slotSize = object.bits === 64 ? 8 : 4;
  const words = gotSize(tables);
  const layout = layOut(object, base, words * slotSize);
  const got = new GlobalOffsetTable(layout.got, words, slotSize);
  const addressOf = symbolAddresses(object, layout, resolve, shift);
  const contents = layout.groups.map((group) => contentsOf(object, group, layout.sections));
  const threadLocal = layout.tls === null ? null : contentsOf(object, layout.tls, layout.tls.offsets);
  const bytesOf = new Map(
    [...contents, ...(threadLocal ? [threadLocal] : [])].flatMap(({ sections }) => [...sections]),
  );
  const tlsOffset = -BigInt(layout.tls?.size ?? 0);
  const references = new References();
  for (const { target, entries } of tables) {
    const bytes = bytesOf.get(target.index);
    const start = layout.sections.get(target.index) ?? layout.tls?.offsets.get(target.index);
    if (bytes === undefined || start === undefined) continue;
    for (const { relocation, type, symbol } of entries) {
      const address = addressOf(symbol);
      if (address === null) continue;
      const at = relocation.offset > BigInt(bytes.length) ? bytes.length : Number(relocation.offset);
      const where = `${object.name}: ${target.name}`;
      const field = { machine: object.machine, where, bytes, at, place: start + BigInt(at) };
      if (isWritable(target)) references.add(field.place);
      if (symbol.size === 0 && typeof symbol.home === 'number' && isWritable(object.sections[symbol.home])) {
        const code = (target.flags & SHF_EXECINSTR) !== 0;
        references.addField(field, type, relocation.addend, address, code);
      }
      relocate(field, type, relocation.addend, {
        symbol: { name: nameOf(object, symbol), address, size: symbol.size },
        got: layout.got,
        gotSlot: (kind) => got.slot(kind, symbol.index, slotWords(kind, address, tlsOffset)),
        base,
        tlsOffset,
      });
    }
  }
  const symbols = placedSymbols(object, layout);
  return {
    object,
    base,
    regions: contents.map(({ region }) => withGot(region, layout.got, got.bytes)),
    sections: placedSections(object, layout),
    symbols,
    gaps: gapsOf({
      object,
      layout,
      gotBytes: got.bytes.length,
      symbols,
      bytesOf: (index) => bytesOf.get(index),
      references,
      shift: shift ?? (() => 0n),
    }),
    tls:
      layout.tls === null || threadLocal === null
        ? null
        : { bytes: threadLocal.region.bytes, size: layout.tls.size, align: layout.tls.align },
    initArrays: initArrays(object, layout),
    resolved: [],
  };
}

function isWritable(section: Section | undefined): boolean {
  return ((section?.flags ?? 0) & SHF_WRITE) !== 0;
}

/** The words of a GOT slot. The only module has number 1. */
function slotWords(kind: GotKind, address: bigint, tlsOffset: bigint): readonly bigint[] {
  if (kind === 'address') return [address];
  if (kind === 'threadOffset') return [address + tlsOffset];
  return [1n, kind === 'module' ? 0n : address];
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
      checkSymbol(where, type, symbol);
      return { relocation, type, symbol };
    });
    tables.push({ target, entries });
  }
  return tables;
}

/** @throws VmtbenchError for a symbol that this relocation cannot have. */
function checkSymbol(where: string, { formula, name }: RelocationType, symbol: ElfSymbol): void {
  if (symbol.type === 'ifunc') {
    const hint = 'Compile without run-time resolvers (ifunc), or link the object (ld -shared).';
    throw new VmtbenchError('elf.relocation', `${where}: ${symbol.name} is chosen at run time (STT_GNU_IFUNC)`, hint);
  }
  if (isThreadLocal(formula) && symbol.home === 'undefined' && symbol.name !== '') {
    const message = `${where}: ${name} for ${symbol.name}, a thread-local variable of another object`;
    throw new VmtbenchError('elf.relocation', message, 'Link the objects together (ld -r).');
  }
}

/** Size of the global offset table in words: at least one if a relocation is relative to the table. */
function gotSize(tables: readonly Table[]): number {
  const slots = new Set<string>();
  let used = false;
  for (const { entries } of tables) {
    for (const { type, symbol } of entries) {
      const use = gotUse(type.formula);
      used ||= use !== null;
      if (use !== null && use !== 'table') slots.add(gotKey(use, symbol.index));
    }
  }
  return Math.max(gotWords(slots), used ? 1 : 0);
}

/** SHT_PREINIT_ARRAY, then SHT_INIT_ARRAY in the order of their priority, which the name ends with. */
function initArrays(object: ObjectFile, { sections }: Layout): { address: bigint; size: number }[] {
  const priority = ({ name }: Section): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 65536);
  const order = [SHT_PREINIT_ARRAY, SHT_INIT_ARRAY];
  return object.sections
    .filter((section) => order.includes(section.type))
    .sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type) || priority(a) - priority(b))
    .flatMap(({ index, size }) => {
      const address = sections.get(index);
      return address === undefined ? [] : [{ address, size }];
    });
}

/** A group's bytes with its sections' contents in place, and a window on each section. */
function contentsOf(
  object: ObjectFile,
  group: Group,
  addresses: ReadonlyMap<number, bigint>,
): { region: ImageRegion; sections: Map<number, Uint8Array> } {
  const inFile = group.sections.filter((section) => section.type !== SHT_NOBITS);
  const offsetOf = (section: Section): number => Number((addresses.get(section.index) ?? 0n) - group.address);
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
    return { index, name: section?.name ?? '', address, size: section?.size ?? 0, executable };
  });
}
