import {
  DW_AT_abstract_origin,
  DW_AT_call_file,
  DW_AT_call_line,
  DW_AT_specification,
  DW_AT_stmt_list,
} from './constants.ts';
import { constantOf, offsetOf } from './entry.ts';
import type { LinePlace, LineTable } from './line-table.ts';
import type { EntryPlace, Units } from './units.ts';

/** The name of a function: an inlined or outlined copy says only what it is a copy of. */
export function functionName(units: Units, place: EntryPlace): string | null {
  let at: EntryPlace | null = place;
  for (let hops = 0; at !== null && hops < 8; hops++) {
    const { unit, offset }: EntryPlace = at;
    const entry = unit.entryAt(offset);
    const name = unit.name(entry);
    if (name !== null) return name;
    const { attributes } = entry;
    at = units.follow(unit, attributes.get(DW_AT_abstract_origin) ?? attributes.get(DW_AT_specification));
  }
  return null;
}

/** Where an inlined function is called. */
export function callSite({ unit, offset }: EntryPlace, lines: LineTable): LinePlace | null {
  const entry = unit.entryAt(offset);
  const table = offsetOf(unit.root, DW_AT_stmt_list);
  const number = constantOf(entry, DW_AT_call_file);
  const line = constantOf(entry, DW_AT_call_line);
  const file = table === null || number === null ? null : lines.file(table, number);
  return file === null || line === null ? null : { file, line };
}
