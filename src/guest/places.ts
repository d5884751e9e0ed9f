import { debugInfoOf, type ObjectFile, type PlacedSymbol, type SourceLine, type SymbolPlace } from '../object/index.ts';
import type { Globals } from './globals.ts';
import type { Heap } from './heap.ts';
import type { Linker } from './linker.ts';
import type { MemoryMap } from './misuse.ts';

/** A function around an instruction, and its code in memory: of one that is inlined, of this copy. */
export interface PlacedScope {
  readonly function: string | null;
  readonly code: readonly { readonly start: bigint; readonly size: number }[];
}

/** What lies where in a linked object, for people. */
export class Places {
  readonly #object: ObjectFile;
  readonly #linker: Linker;

  constructor(object: ObjectFile, linker: Linker) {
    this.#object = object;
    this.#linker = linker;
  }

  symbolAt(address: bigint): SymbolPlace | null {
    const place = this.#linker.symbols.at(address);
    if (place !== null) return place;
    const name = this.#linker.stubs.nameAt(address);
    return name === null ? null : { name, offset: 0 };
  }

  /** The line of the source that the instruction at (or around) an address comes from; null without debug information. */
  lineAt(address: bigint): SourceLine | null {
    const place = this.inSection(address);
    return place === null ? null : debugInfoOf(this.#object).lineAt(place.section, place.offset);
  }

  /** The functions around an instruction, innermost first, with their code; none without debug information. */
  scopesAt(address: bigint): PlacedScope[] {
    const section = this.#linker.symbols.sectionAt(address);
    if (section === null) return [];
    const scopes = debugInfoOf(this.#object).scopesAt(section.index, Number(address - section.address));
    return scopes.map(({ function: name, code }) => ({
      function: name,
      code: code.map(({ start, end }) => ({ start: section.address + BigInt(start), size: end - start })),
    }));
  }

  /** The function that an address lies in; null: in none whose size is known. */
  functionAt(address: bigint): { readonly name: string; readonly start: bigint; readonly size: number } | null {
    const symbol = this.#linker.symbols.functionAt(address);
    return symbol === null ? null : { name: symbol.name, start: symbol.address, size: symbol.size };
  }

  /** Where a section of the object lies; null: not in memory. */
  sectionAddress(index: number): bigint | null {
    return this.#linker.image.sections.find((section) => section.index === index)?.address ?? null;
  }

  /** The section of the object that an address lies in, and where in it; null: in none. */
  inSection(address: bigint): { readonly section: number; readonly offset: number } | null {
    const section = this.#linker.symbols.sectionAt(address);
    return section === null ? null : { section: section.index, offset: Number(address - section.address) };
  }

  /** `vmt_attach+0x1f (vmt.c:449)`: the call before a return address. */
  callSite(returnAddress: bigint): string {
    const place = this.symbolAt(returnAddress);
    const text = place === null ? `0x${returnAddress.toString(16)}` : `${place.name}+0x${place.offset.toString(16)}`;
    const line = this.lineAt(returnAddress - 1n);
    return line === null ? text : `${text} (${line.text})`;
  }

  /** `vmt.c:12`: where a variable is defined. */
  definition({ name, address }: PlacedSymbol): string | null {
    const section = this.#linker.symbols.sectionAt(address);
    if (section === null) return null;
    return debugInfoOf(this.#object).variableAt(section.index, Number(address - section.address), name)?.text ?? null;
  }

  /** What reports of memory misuse name. */
  memoryMap(heap: Heap, globals: Globals): MemoryMap {
    return {
      heap,
      globals,
      where: (returnAddress) => this.callSite(returnAddress),
      definition: (global) => this.definition(global),
    };
  }
}
