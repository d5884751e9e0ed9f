import { malformed } from './errors.ts';
import type { ElfReader } from './reader.ts';
import { type Section, SHT_GROUP } from './sections.ts';
import type { ElfSymbol } from './symbols.ts';

const GRP_COMDAT = 1;

/**
 * Indexes of the sections that a linker drops: members of every COMDAT group but the first of its name. Compilers
 * put retpoline thunks and position thunks into such groups, and an object made by `ld -r` can hold several copies.
 */
export function discardedSections(
  reader: ElfReader,
  sections: readonly Section[],
  symbols: readonly ElfSymbol[],
): ReadonlySet<number> {
  const kept = new Set<string>();
  const discarded = new Set<number>();
  for (const group of sections) {
    if (group.type !== SHT_GROUP || group.size < 4) continue;
    if ((reader.u32(group.offset, group.name) & GRP_COMDAT) === 0) continue;
    const signature = symbols[group.info];
    if (signature === undefined) throw malformed(reader.name, `group ${group.name} has no signature symbol`);
    const name = signatureName(signature, sections);
    if (kept.has(name)) {
      for (let at = 4; at + 4 <= group.size; at += 4) discarded.add(reader.u32(group.offset + at, group.name));
    }
    kept.add(name);
  }
  return discarded;
}

/** Some assemblers sign with a section symbol, which has its section's name. */
function signatureName(signature: ElfSymbol, sections: readonly Section[]): string {
  if (signature.name !== '' || typeof signature.home !== 'number') return signature.name;
  return sections[signature.home]?.name ?? '';
}
