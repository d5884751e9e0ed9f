import { Cursor, type DebugSection } from './cursor.ts';
import type { Work } from './work.ts';

/** What the entries of one kind look like: their tag, and each attribute's name and form. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly AttributeSpec[];
}

export interface AttributeSpec {
  readonly name: number;
  readonly form: number;
  /** The value itself, where the form is DW_FORM_implicit_const. */
  readonly constant: number;
}

export type AbbreviationTable = ReadonlyMap<number, Abbreviation>;

const DW_FORM_implicit_const = 0x21;

/** Reads the table at an offset of .debug_abbrev (DWARF 5, 7.5.3). */
export function readAbbreviations(section: DebugSection, offset: number, work: Work): AbbreviationTable {
  const cursor = new Cursor(section, offset);
  const table = new Map<number, Abbreviation>();
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() !== 0;
    const attributes: AttributeSpec[] = [];
    for (;;) {
      work.spend(1);
      const name = cursor.uleb();
      const form = cursor.uleb();
      const constant = form === DW_FORM_implicit_const ? cursor.sleb() : 0;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant });
    }
    table.set(code, { tag, hasChildren, attributes });
    // Some tables end with their section.
    if (cursor.done) break;
  }
  return table;
}
