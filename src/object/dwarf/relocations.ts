import type { ObjectFile } from '../elf/object.ts';
import { RELOCATION_TYPES } from '../elf/relocation-types.ts';
import { type Section, SHF_ALLOC, SHT_REL, SHT_RELA } from '../elf/sections.ts';
import type { ElfSymbol } from '../elf/symbols.ts';
import type { ObjectAddresses } from './addresses.ts';

/**
 * Applies to a debug section's contents the relocations that assemblers write there: an address of code or an offset
 * in another debug section, S+A. Anything else, and any that cannot be right, is left alone. Linked files need none.
 */
export function relocateForReading(
  object: ObjectFile,
  section: Section,
  view: DataView,
  addresses: ObjectAddresses,
): void {
  if (object.type !== 'relocatable') return;
  for (const table of object.sections) {
    if (table.info !== section.index) continue;
    if (table.type === SHT_RELA || table.type === SHT_REL) applyTable(object, table, view, addresses);
  }
}

function applyTable(object: ObjectFile, table: Section, view: DataView, addresses: ObjectAddresses): void {
  const types = RELOCATION_TYPES[object.machine];
  const explicit = table.type === SHT_RELA;
  const bytes = object.reader.slice(table.offset, table.size, table.name);
  const entries = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = object.bits === 64;
  const entrySize = (wide ? 8 : 4) * (explicit ? 3 : 2);
  for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
    const offset = wide ? Number(entries.getBigUint64(at, true)) : entries.getUint32(at, true);
    const info = entries.getUint32(at + (wide ? 8 : 4), true);
    const symbol = object.symbols[wide ? entries.getUint32(at + 12, true) : info >>> 8];
    const type = types.get(wide ? info : info & 0xff);
    const size = type?.formula === 'S+A' ? type.size : 0;
    if (symbol === undefined || (size !== 4 && size !== 8) || offset + size > view.byteLength) continue;
    const inPlace = (): bigint => (size === 8 ? view.getBigInt64(offset, true) : BigInt(view.getInt32(offset, true)));
    const addend = !explicit
      ? inPlace()
      : wide
        ? entries.getBigInt64(at + 16, true)
        : BigInt(entries.getInt32(at + 8, true));
    const target = targetOf(object, symbol, addresses);
    const value = target === null ? -1n : target + addend;
    if (size === 8) view.setBigUint64(offset, BigInt.asUintN(64, value), true);
    else view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
  }
}

/** null: what it points at is not in the object, or was dropped. */
function targetOf(object: ObjectFile, symbol: ElfSymbol, addresses: ObjectAddresses): bigint | null {
  if (symbol.home === 'absolute') return symbol.value;
  if (typeof symbol.home !== 'number') return null;
  const start = addresses.start(symbol.home);
  if (start !== null) return start + symbol.value;
  const allocated = ((object.sections[symbol.home]?.flags ?? 0) & SHF_ALLOC) !== 0;
  return allocated ? null : symbol.value;
}
