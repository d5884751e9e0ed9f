import { DW_AT_high_pc, DW_AT_low_pc, DW_AT_ranges, DW_AT_rnglists_base } from './constants.ts';
import { Cursor } from './cursor.ts';
import { type Entry, offsetOf } from './entry.ts';
import { damaged } from './errors.ts';
import type { FormValue } from './forms.ts';
import type { Unit } from './unit.ts';

/** Addresses from `start` to before `end`. */
export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The code that an entry covers; nothing where it has none or where its code was dropped. */
export function rangesOf(unit: Unit, entry: Entry): AddressRange[] {
  const { addresses } = unit.sections;
  const ranges = entry.attributes.has(DW_AT_ranges) ? listedRanges(unit, entry) : onlyRange(unit, entry);
  return ranges.filter(({ start, end }) => start < end && addresses.isCode(start));
}

function onlyRange(unit: Unit, { attributes }: Entry): AddressRange[] {
  const start = unit.address(attributes.get(DW_AT_low_pc));
  const high = attributes.get(DW_AT_high_pc);
  // Since DWARF 4 it may be a size.
  const end = high?.kind === 'constant' ? (start ?? 0n) + BigInt(high.value) : unit.address(high);
  return start === null || end === null ? [] : [{ start, end }];
}

function listedRanges(unit: Unit, entry: Entry): AddressRange[] {
  const value = entry.attributes.get(DW_AT_ranges);
  if (unit.header.version >= 5) return [...readRangeList(unit, rangeListOffset(unit, value, entry))];
  const offset = offsetOf(entry, DW_AT_ranges);
  return offset === null ? [] : [...readOldRanges(unit, offset)];
}

function rangeListOffset(unit: Unit, value: FormValue | undefined, entry: Entry): number | null {
  if (value?.kind !== 'listIndex') return offsetOf(entry, DW_AT_ranges);
  const section = unit.sections.get('.debug_rnglists');
  const base = offsetOf(unit.root, DW_AT_rnglists_base);
  if (section === null || base === null) return null;
  const { offsetSize } = unit.header;
  return base + new Cursor(section, base + value.index * offsetSize).unsigned(offsetSize);
}

/** .debug_ranges (DWARF 4, 2.17.3): pairs that count from a base; the largest address sets a new base. */
function* readOldRanges(unit: Unit, offset: number): Generator<AddressRange> {
  const section = unit.sections.get('.debug_ranges');
  if (section === null) return;
  const { addressSize } = unit.header;
  const largest = BigInt.asUintN(addressSize * 8, -1n);
  const cursor = new Cursor(section, offset);
  for (let base = unit.baseAddress; ; ) {
    unit.work.spend(1);
    const start = cursor.address(addressSize);
    const end = cursor.address(addressSize);
    if (start === 0n && end === 0n) return;
    if (start === largest) base = end;
    else yield { start: base + start, end: base + end };
  }
}

/** .debug_rnglists (DWARF 5, 7.25). */
function* readRangeList(unit: Unit, offset: number | null): Generator<AddressRange> {
  const section = unit.sections.get('.debug_rnglists');
  if (section === null || offset === null) return;
  const { addressSize } = unit.header;
  const cursor = new Cursor(section, offset);
  const direct = (): bigint => cursor.address(addressSize);
  const indexed = (): bigint => unit.address({ kind: 'addressIndex', index: cursor.uleb() }) ?? 0n;
  const length = (): bigint => BigInt(cursor.uleb());
  const sized = (start: bigint): AddressRange => ({ start, end: start + length() });
  for (let base = unit.baseAddress; ; ) {
    unit.work.spend(1);
    const kind = cursor.u8();
    if (kind === 0) return; // DW_RLE_end_of_list
    if (kind === 1)
      base = indexed(); // base_addressx
    else if (kind === 2)
      yield { start: indexed(), end: indexed() }; // startx_endx
    else if (kind === 3)
      yield sized(indexed()); // startx_length
    else if (kind === 4)
      yield { start: base + length(), end: base + length() }; // offset_pair
    else if (kind === 5)
      base = direct(); // base_address
    else if (kind === 6)
      yield { start: direct(), end: direct() }; // start_end
    else if (kind === 7)
      yield sized(direct()); // start_length
    else throw damaged(`range list entry ${kind} is not known`);
  }
}
