import type { ObjectFile } from '../elf/object.ts';
import { readRelocations } from '../elf/relocations.ts';
import { SHF_ALLOC, SHT_REL, SHT_RELA } from '../elf/sections.ts';
import type { CodePiece } from './sweep.ts';

/** What a place in an object's code or data refers to: a section and an offset in it, and where it stands. */
export interface CodeReference {
  readonly to: { readonly section: number; readonly offset: number };
  readonly from: { readonly section: number; readonly offset: number };
}

/** R_X86_64_PC32 and R_386_PC32, R_X86_64_PLT32: they count from the end of their field, four bytes on. */
const FROM_END: readonly number[] = [2, 4];

/** Everything that a relocatable object's relocations refer to, debug information aside. */
export function relocatedReferences(object: ObjectFile): CodeReference[] {
  if (object.type !== 'relocatable') return [];
  return object.sections.flatMap((table) => {
    const target = object.sections[table.info];
    if (table.type !== SHT_REL && table.type !== SHT_RELA) return [];
    if (target === undefined || (target.flags & SHF_ALLOC) === 0) return [];
    const relocations = readRelocations(object.reader, table.offset, table.size, table.type === SHT_RELA);
    return relocations.flatMap(({ offset, type, symbol: index, addend }) => {
      const symbol = object.symbols[index];
      if (symbol === undefined || typeof symbol.home !== 'number') return [];
      const at = Number(offset);
      const moved = Number(addend ?? inPlace(object, target.offset + at)) + (FROM_END.includes(type) ? 4 : 0);
      const own = symbol.type === 'section' ? moved : 0;
      const to = { section: symbol.home, offset: Number(symbol.value) + own };
      return [{ to, from: { section: target.index, offset: at } }];
    });
  });
}

/** The addend that a field holds itself. */
const inPlace = ({ reader }: ObjectFile, at: number): number =>
  at + 4 <= reader.bytes.length ? reader.u32(at, 'a relocated field') | 0 : 0;

/** Whether anything outside a piece refers into it. */
export function isReferred({ section, start, end }: CodePiece, references: readonly CodeReference[]): boolean {
  const inside = (place: CodeReference['to']): boolean =>
    place.section === section.index && place.offset >= start && place.offset < end;
  return references.some(({ to, from }) => inside(to) && !inside(from));
}
