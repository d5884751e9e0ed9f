import type { ObjectFile } from '../elf/object.ts';
import { SHF_EXECINSTR } from '../elf/sections.ts';
import type { ElfSymbol } from '../elf/symbols.ts';
import type { PlacedSymbol, Resolver } from './image.ts';
import type { Layout } from './layout.ts';

/** What a section's symbols are off from where it lies: a processor's own variables count from its base. */
export type SectionShift = (section: string) => bigint;

/** The address of a symbol, of a thread-local one its offset in the block; null for one in a dropped section, whose references a linker drops too. */
export function symbolAddresses(
  object: ObjectFile,
  layout: Layout,
  resolve: Resolver,
  shift: SectionShift = () => 0n,
): (s: ElfSymbol) => bigint | null {
  const kept = new Map<string, ElfSymbol>();
  for (const symbol of object.symbols) {
    if (typeof symbol.home === 'number' && symbol.name !== '' && !object.discarded.has(symbol.home)) {
      if (symbol.binding !== 'local') kept.set(symbol.name, symbol);
    }
  }
  const defined = (symbol: ElfSymbol): bigint | null => {
    if (symbol.home === 'absolute') return symbol.value;
    if (symbol.home === 'common') return layout.commons.get(symbol.index) ?? null;
    if (typeof symbol.home !== 'number') return null;
    const start = layout.sections.get(symbol.home);
    if (start !== undefined) return start + symbol.value + shift(object.sections[symbol.home]?.name ?? '');
    const threadLocal = layout.tls?.offsets.get(symbol.home);
    return threadLocal === undefined ? null : threadLocal + symbol.value;
  };
  return (symbol) => {
    if (symbol.home !== 'undefined') {
      const other = typeof symbol.home === 'number' && object.discarded.has(symbol.home) && kept.get(symbol.name);
      return defined(other || symbol);
    }
    if (symbol.name === '') return 0n;
    if (symbol.name === '_GLOBAL_OFFSET_TABLE_') return layout.got;
    const twin = kept.get(symbol.name);
    return (twin && defined(twin)) ?? sectionBound(object, layout, symbol.name) ?? resolve(symbol.name);
  };
}

/** `__start_NAME` and `__stop_NAME`, which every linker defines for a section whose name is an identifier. */
function sectionBound(object: ObjectFile, layout: Layout, name: string): bigint | null {
  const match = /^__(start|stop)_(\w+)$/.exec(name);
  const section = match === null ? undefined : object.sections.find((s) => s.name === match[2]);
  const start = section === undefined ? undefined : layout.sections.get(section.index);
  if (section === undefined || start === undefined) return null;
  return match?.[1] === 'start' ? start : start + BigInt(section.size);
}

/** The symbols of the loaded sections with their addresses. */
export function placedSymbols(object: ObjectFile, layout: Layout): PlacedSymbol[] {
  const symbols: PlacedSymbol[] = [];
  for (const { name, value, size, type, home, binding, index } of object.symbols) {
    if (name === '' || type === 'section' || type === 'file') continue;
    const start = typeof home === 'number' ? layout.sections.get(home) : undefined;
    const address = home === 'common' ? layout.commons.get(index) : start === undefined ? undefined : start + value;
    if (address === undefined) continue;
    const code = typeof home === 'number' && ((object.sections[home]?.flags ?? 0) & SHF_EXECINSTR) !== 0;
    symbols.push({ name, address, size, function: type === 'function' || code, global: binding !== 'local' });
  }
  return symbols;
}

/** A symbol's name; a section's symbol is called as its section. */
export function nameOf(object: ObjectFile, symbol: ElfSymbol): string {
  if (symbol.name !== '' || typeof symbol.home !== 'number') return symbol.name;
  return object.sections[symbol.home]?.name ?? '';
}
