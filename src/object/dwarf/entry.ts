import type { AbbreviationTable, AttributeSpec } from './abbreviations.ts';
import type { Cursor } from './cursor.ts';
import { damaged } from './errors.ts';
import { type FormContext, type FormValue, readForm } from './forms.ts';

/** One debugging information entry: what it is, and what is said about it. */
export interface Entry {
  /** From the start of its section. */
  readonly offset: number;
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: ReadonlyMap<number, FormValue>;
}

/** Reads the entry at the cursor and leaves the cursor behind it; null is the end of a list of children. */
export function readEntry(cursor: Cursor, table: AbbreviationTable, context: FormContext): Entry | null {
  const offset = cursor.at;
  const code = cursor.uleb();
  if (code === 0) return null;
  const abbreviation = table.get(code);
  if (abbreviation === undefined) throw damaged(`entry 0x${offset.toString(16)} is of no known kind`);
  const attributes = new Map<number, FormValue>();
  for (const { name, form, constant } of abbreviation.attributes as readonly AttributeSpec[]) {
    attributes.set(name, readForm(cursor, form, context, constant));
  }
  return { offset, tag: abbreviation.tag, hasChildren: abbreviation.hasChildren, attributes };
}

/** Number of a constant attribute; null where there is none, or where it is no whole number. */
export function constantOf(entry: Entry, name: number): number | null {
  const value = entry.attributes.get(name);
  return value?.kind === 'constant' && Number.isSafeInteger(value.value) ? value.value : null;
}

/** Offset into another section: DWARF 2 and 3 wrote a plain number for it. */
export function offsetOf(entry: Entry, name: number): number | null {
  const value = entry.attributes.get(name);
  return value?.kind === 'offset' || value?.kind === 'constant' ? value.value : null;
}

export function flagOf(entry: Entry, name: number): boolean {
  const value = entry.attributes.get(name);
  return value?.kind === 'flag' && value.value;
}
