import type { ObjectFile } from '../elf/object.ts';
import { type Section, SHF_MERGE, SHT_NOBITS } from '../elf/sections.ts';
import type { Gap, PlacedSymbol } from './image.ts';
import { type Group, isSet, type Layout } from './layout.ts';
import type { References } from './references.ts';
import { lowerBound } from './search.ts';
import type { SectionShift } from './symbol-addresses.ts';

/** What the loader knows of a relocatable object when all of it is placed. */
export interface Placed {
  readonly object: ObjectFile;
  readonly layout: Layout;
  readonly gotBytes: number;
  readonly symbols: readonly PlacedSymbol[];
  /** A section's bytes; undefined where it starts as zero. */
  readonly bytesOf: (section: number) => Uint8Array | undefined;
  /** What the object's code and data refer to otherwise than by a variable's own symbol. */
  readonly references: References;
  readonly shift: SectionShift;
}

/** A run of addresses. */
interface Extent {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Room in an object's data that belongs to nobody: what the loader left between sections and around COMMON symbols,
 * and the padding between two variables of one section. Ascending.
 *
 * Of what a compiler has laid out only that is taken for padding which cannot be anything else: it ends where the
 * next variable could begin first, holds zeroes, and nothing refers to it. Whatever has no name stays the guest's.
 */
export function gapsOf(placed: Placed): Gap[] {
  const { layout } = placed;
  const gaps = layout.groups.flatMap((group) => (group.protection.includes('x') ? [] : between(group, placed)));
  const data = layout.groups.find(({ protection }) => protection === 'rw');
  if (data !== undefined && isComplete(placed.object)) {
    const symbols = [...placed.symbols].sort(byPlace);
    for (const section of data.sections) gaps.push(...paddingOf(section, placed, symbols));
  }
  return gaps
    .map(({ start, end }) => ({ address: start, size: Number(end - start) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** What a group has besides its sections, the COMMON symbols and the GOT. */
function between(group: Group, { object, layout, gotBytes }: Placed): Extent[] {
  const pieces: Extent[] = [];
  const add = (start: bigint | undefined, size: number): void => {
    if (start !== undefined && size > 0) pieces.push({ start, end: start + BigInt(size) });
  };
  for (const { index, size } of group.sections) add(layout.sections.get(index), size);
  if (group.protection === 'r') add(layout.got, gotBytes);
  if (group.protection === 'rw') for (const [index, at] of layout.commons) add(at, object.symbols[index]?.size ?? 0);
  pieces.sort((a, b) => (a.start < b.start ? -1 : 1));
  const gaps: Extent[] = [];
  let at = group.address;
  for (const { start, end } of [...pieces, { start: group.address + BigInt(group.size), end: 0n }]) {
    if (start > at) gaps.push({ start: at, end: start });
    if (end > at) at = end;
  }
  return gaps;
}

/** Are the names of local variables there? Whoever strips them strips the names of the sources, too. */
function isComplete({ symbols }: ObjectFile): boolean {
  return symbols.some(({ type }) => type === 'file');
}

/** A label, which has no size, says nothing of what follows it: it comes last of those at its address. */
function byPlace(a: PlacedSymbol, b: PlacedSymbol): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : b.size - a.size;
}

/** The padding behind the variables of a section. */
function paddingOf(
  section: Section,
  { layout, bytesOf, references, shift }: Placed,
  symbols: readonly PlacedSymbol[],
): Extent[] {
  const start = layout.sections.get(section.index);
  if (start === undefined || isSet(section) || (section.flags & SHF_MERGE) !== 0 || shift(section.name) !== 0n)
    return [];
  const end = start + BigInt(section.size);
  const from = (address: bigint): number =>
    lowerBound(symbols.length, (index) => (symbols[index]?.address ?? 0n) < address);
  const inside = symbols.slice(from(start), from(end));
  const gaps: Extent[] = [];
  /** Where the last variable ends; null: what comes next may be anything. */
  let known: bigint | null = null;
  let furthest = start;
  for (const { address, size } of [...inside, { address: end, size: 0 }]) {
    if (known !== null && address > known) gaps.push({ start: known, end: address });
    if (size > 0 && address + BigInt(size) > furthest) furthest = address + BigInt(size);
    known = size > 0 ? furthest : null;
  }
  const bytes = section.type === SHT_NOBITS ? undefined : bytesOf(section.index);
  return gaps.filter((gap) => {
    if (gap.end - gap.start >= alignmentOf(gap.end, section, end) || references.anyIn(gap.start, gap.end)) return false;
    return bytes?.subarray(Number(gap.start - start), Number(gap.end - start)).every((byte) => byte === 0) ?? true;
  });
}

/** The largest alignment that can be the reason why something begins here. */
function alignmentOf(address: bigint, { align }: Section, sectionEnd: bigint): bigint {
  if (address === sectionEnd) return BigInt(align);
  const lowest = address & -address;
  return lowest < BigInt(align) ? lowest : BigInt(align);
}
