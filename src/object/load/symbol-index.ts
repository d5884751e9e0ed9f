import type { Image, PlacedSection, PlacedSymbol } from './image.ts';

/** A place in the guest as people name it: `vmt_tick+0x12`, `.text+0x40`. */
export interface SymbolPlace {
  readonly name: string;
  readonly offset: number;
}

/** Finds symbols by name and by address. */
export class SymbolIndex {
  readonly #byName = new Map<string, bigint>();
  /** Ascending by address, one an address. */
  readonly #byAddress: PlacedSymbol[];
  readonly #sections: readonly PlacedSection[];

  constructor(image: Image) {
    for (const symbol of image.symbols) {
      if (symbol.global || !this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol.address);
    }
    this.#sections = [...image.sections].sort((a, b) => compare(a.address, b.address));
    const sorted = [...image.symbols].sort((a, b) => compare(a.address, b.address) || rank(b) - rank(a));
    this.#byAddress = sorted.filter((symbol, index) => symbol.address !== sorted[index - 1]?.address);
  }

  /** The address of a symbol; a global one wins over a local one of the same name. */
  address(name: string): bigint | null {
    return this.#byName.get(name) ?? null;
  }

  /** The symbol at or before the address in the same section, else the section, else null. */
  at(address: bigint): SymbolPlace | null {
    const section = this.sectionAt(address);
    const symbol = lastAtOrBefore(this.#byAddress, address);
    const covers = symbol !== undefined && (symbol.size === 0 || address <= symbol.address + BigInt(symbol.size));
    if (symbol !== undefined && covers && (section === null || symbol.address >= section.address)) {
      if (section !== null || address < symbol.address + BigInt(symbol.size)) {
        return { name: symbol.name, offset: Number(address - symbol.address) };
      }
    }
    return section === null ? null : { name: section.name, offset: Number(address - section.address) };
  }

  /** The function that holds the address, by its size; null: none. */
  functionAt(address: bigint): PlacedSymbol | null {
    const symbol = lastAtOrBefore(this.#byAddress, address);
    return symbol?.function === true && address < symbol.address + BigInt(symbol.size) ? symbol : null;
  }

  /** Where the function that holds the address starts, null where no function does. */
  functionStart(address: bigint): bigint | null {
    const place = this.isExecutable(address) ? this.at(address) : null;
    return place === null ? null : address - BigInt(place.offset);
  }

  sectionAt(address: bigint): PlacedSection | null {
    const section = lastAtOrBefore(this.#sections, address);
    return section !== undefined && address < section.address + BigInt(section.size) ? section : null;
  }

  /** Does code lie here? */
  isExecutable(address: bigint): boolean {
    return this.sectionAt(address)?.executable ?? false;
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of several symbols at one address, the one to show: a function, then a global one, then a sized one. */
function rank(symbol: PlacedSymbol): number {
  return Number(symbol.function) * 4 + Number(symbol.global) * 2 + Number(symbol.size > 0);
}

function lastAtOrBefore<T extends { readonly address: bigint }>(sorted: readonly T[], address: bigint): T | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.address ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}
