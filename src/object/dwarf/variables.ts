import {
  DW_AT_decl_file,
  DW_AT_decl_line,
  DW_AT_location,
  DW_AT_specification,
  DW_AT_stmt_list,
  DW_OP_addr,
  DW_OP_addrx,
} from './constants.ts';
import { Cursor } from './cursor.ts';
import { constantOf, type Entry, offsetOf } from './entry.ts';
import type { LinePlace, LineTable } from './line-table.ts';
import type { Unit } from './unit.ts';
import type { EntryPlace, Units } from './units.ts';

/** The address that a variable has for good; null for one that lives in registers, on the stack or in a thread. */
export function addressOf(unit: Unit, { attributes }: Entry): bigint | null {
  const value = attributes.get(DW_AT_location);
  if (value?.kind !== 'block') return null;
  const { bytes } = value;
  const cursor = new Cursor({
    name: 'a location',
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  });
  if (cursor.done) return null;
  const operation = cursor.u8();
  const address =
    operation === DW_OP_addr
      ? cursor.address(unit.header.addressSize)
      : operation === DW_OP_addrx
        ? unit.address({ kind: 'addressIndex', index: cursor.uleb() })
        : null;
  return cursor.done ? address : null;
}

/** Where a variable is defined, and its name: a definition may leave either to the declaration before it. */
export function definitionOf(
  units: Units,
  { unit, offset }: EntryPlace,
  lines: LineTable,
): (LinePlace & { readonly name: string }) | null {
  const entry = unit.entryAt(offset);
  const declared = units.follow(unit, entry.attributes.get(DW_AT_specification));
  const said = [
    { unit, entry },
    ...(declared === null ? [] : [{ unit: declared.unit, entry: declared.unit.entryAt(declared.offset) }]),
  ];
  const constant = (attribute: number): number | null =>
    said.map((each) => constantOf(each.entry, attribute)).find((value) => value !== null) ?? null;
  const name = said.map((each) => each.unit.name(each.entry)).find((text) => text !== null) ?? null;
  const table = offsetOf(unit.root, DW_AT_stmt_list);
  const number = constant(DW_AT_decl_file);
  const line = constant(DW_AT_decl_line);
  const file = table === null || number === null ? null : lines.file(table, number);
  return name === null || file === null || line === null ? null : { name, file, line };
}
