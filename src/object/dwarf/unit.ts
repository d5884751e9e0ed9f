import { type AbbreviationTable, readAbbreviations } from './abbreviations.ts';
import {
  DW_AT_addr_base,
  DW_AT_low_pc,
  DW_AT_name,
  DW_AT_str_offsets_base,
  DW_UT_skeleton,
  DW_UT_split_compile,
  DW_UT_split_type,
  DW_UT_type,
} from './constants.ts';
import { Cursor, type DebugSection } from './cursor.ts';
import { type Entry, offsetOf, readEntry } from './entry.ts';
import { damaged } from './errors.ts';
import type { FormContext, FormValue } from './forms.ts';
import type { DebugSections } from './sections.ts';
import { readText } from './text.ts';
import type { Work } from './work.ts';

/** Where a unit's header says that things are. */
export interface UnitHeader extends FormContext {
  readonly section: DebugSection;
  readonly offset: number;
  readonly end: number;
  readonly abbreviations: number;
  /** Of its first entry. */
  readonly entries: number;
  /** Of a type unit: the type's name for other units, and the offset of its entry in the section. */
  readonly type: { readonly signature: bigint; readonly offset: number } | null;
}

/** All units of a section, up to the first that is damaged. */
export function readUnitHeaders(section: DebugSection, problem: (read: () => void) => void): UnitHeader[] {
  const headers: UnitHeader[] = [];
  problem(() => {
    for (const cursor = new Cursor(section); !cursor.done; ) {
      const offset = cursor.at;
      const { end, offsetSize } = cursor.initialLength();
      const inside = new Cursor(section, cursor.at, end);
      cursor.at = end;
      problem(() => {
        const header = readHeader(inside, offset, offsetSize, section.name.endsWith('_types'));
        if (header !== null) headers.push(header);
      });
    }
  });
  return headers;
}

/** null: a unit whose contents lie in another file. */
function readHeader(cursor: Cursor, offset: number, offsetSize: 4 | 8, typeSection: boolean): UnitHeader | null {
  const { section, end } = cursor;
  const version = cursor.unsigned(2);
  if (version < 2 || version > 5) throw damaged(`DWARF version ${version} is not known`);
  const kind = version >= 5 ? cursor.u8() : typeSection ? DW_UT_type : 0;
  let addressSize = version >= 5 ? cursor.u8() : 0;
  const abbreviations = cursor.unsigned(offsetSize);
  if (version < 5) addressSize = cursor.u8();
  if (addressSize !== 4 && addressSize !== 8) throw damaged(`addresses of ${addressSize} bytes`);
  if (kind === DW_UT_skeleton || kind === DW_UT_split_compile || kind === DW_UT_split_type) return null;
  const type =
    kind === DW_UT_type ? { signature: cursor.address(8), offset: offset + cursor.unsigned(offsetSize) } : null;
  return { section, offset, end, version, offsetSize, addressSize, abbreviations, entries: cursor.at, type };
}

/** A compile unit or a type unit: entries that share a table of kinds. */
export class Unit {
  readonly header: UnitHeader;
  readonly sections: DebugSections;
  readonly work: Work;
  #table: AbbreviationTable | null = null;
  #root: Entry | null = null;

  constructor(header: UnitHeader, sections: DebugSections, work: Work) {
    this.header = header;
    this.sections = sections;
    this.work = work;
  }

  /** The entry of the unit itself. */
  get root(): Entry {
    this.#root ??= this.entryAt(this.header.entries);
    return this.#root;
  }

  /** What range lists count from. */
  get baseAddress(): bigint {
    return this.address(this.root.attributes.get(DW_AT_low_pc)) ?? 0n;
  }

  entryAt(offset: number): Entry {
    const { end, section, entries } = this.header;
    if (offset < entries || offset >= end) throw damaged(`entry 0x${offset.toString(16)} lies outside its unit`);
    const entry = this.read(new Cursor(section, offset, end));
    if (entry === null) throw damaged(`nothing stands at 0x${offset.toString(16)}`);
    return entry;
  }

  /** Every entry from the one at `offset` on with its depth, until all its children have been told. */
  *walk(offset: number = this.header.entries): Generator<{ readonly entry: Entry; readonly depth: number }> {
    const cursor = new Cursor(this.header.section, offset, this.header.end);
    let depth = 0;
    while (!cursor.done) {
      const entry = this.read(cursor);
      if (entry === null) depth--;
      else {
        yield { entry, depth };
        if (entry.hasChildren) depth++;
      }
      if (depth <= 0) return;
    }
  }

  /** The entries right below one. */
  *children(parent: Entry): Generator<Entry> {
    if (!parent.hasChildren) return;
    for (const { entry, depth } of this.walk(parent.offset)) if (depth === 1) yield entry;
  }

  read(cursor: Cursor): Entry | null {
    this.#table ??= this.#readTable();
    const entry = readEntry(cursor, this.#table, this.header);
    this.work.spend(1 + (entry?.attributes.size ?? 0));
    return entry;
  }

  /** A text attribute; null where it is missing or cannot be found. */
  text(value: FormValue | undefined): string | null {
    if (value?.kind !== 'textIndex') return readText(value, this.sections, this.work);
    const { offsetSize } = this.header;
    // Without the attribute: behind the header of the only table.
    const base = offsetOf(this.root, DW_AT_str_offsets_base) ?? 2 * offsetSize;
    const at = this.#slot('.debug_str_offsets', base, value.index, offsetSize)?.unsigned(offsetSize);
    return at === undefined
      ? null
      : readText({ kind: 'textOffset', section: '.debug_str', at }, this.sections, this.work);
  }

  name(entry: Entry): string | null {
    return this.text(entry.attributes.get(DW_AT_name));
  }

  /** An address attribute; null where it is missing or is no address. */
  address(value: FormValue | undefined): bigint | null {
    if (value?.kind === 'address') return value.value;
    if (value?.kind !== 'addressIndex') return null;
    const { addressSize } = this.header;
    const base = offsetOf(this.root, DW_AT_addr_base) ?? 8;
    return this.#slot('.debug_addr', base, value.index, addressSize)?.address(addressSize) ?? null;
  }

  #slot(name: string, base: number, index: number, size: number): Cursor | null {
    const section = this.sections.get(name);
    return section === null ? null : new Cursor(section, base + index * size);
  }

  #readTable(): AbbreviationTable {
    const section = this.sections.get('.debug_abbrev');
    if (section === null) throw damaged('.debug_abbrev is missing');
    return readAbbreviations(section, this.header.abbreviations, this.work);
  }
}
