import type { Bounds } from '../cpu/index.ts';
import { type Image, isSet, lowerBound, type PlacedSection, type PlacedSymbol } from '../object/index.ts';

/** An access into poison at most this many bytes from a variable is attributed to it. */
const NEAR = 64n;

/**
 * The variables of an object whose extent the memory checker knows. A compiler lays them out side by side, so that only
 * the start of an access shows which variable the code meant.
 *
 * Not judged: data without a symbol or with one of size 0, the arrays of a link set, and an access that begins at a
 * label, which may stand for all that follows (`__bss_start`).
 */
export class Globals implements Bounds {
  /** Ascending. */
  readonly #symbols: readonly PlacedSymbol[];
  /** By index: of that symbol and those before it, the one that ends last. */
  readonly #furthest: readonly number[];
  /** All of them lie from here to there. */
  readonly #begin: bigint;
  readonly #end: bigint;
  readonly #labels: ReadonlySet<bigint>;
  readonly #sections: readonly PlacedSection[];

  constructor(image: Image) {
    this.#sections = image.sections.filter(({ executable, size }) => !executable && size > 0).sort(byAddress);
    const data = image.symbols.filter((symbol) => !symbol.function);
    this.#labels = new Set(data.flatMap(({ size, address }) => (size === 0 ? [address] : [])));
    this.#symbols = data.filter((symbol) => symbol.size > 0 && this.#isWhole(symbol)).sort(byAddress);
    const furthest: number[] = [];
    for (const [index, symbol] of this.#symbols.entries()) {
      const before = furthest[index - 1] ?? index;
      furthest.push(endOf(symbol) > endOf(this.#symbols[before] ?? symbol) ? index : before);
    }
    this.#furthest = furthest;
    const last = this.#symbols[furthest.at(-1) ?? -1];
    this.#begin = this.#symbols[0]?.address ?? 0n;
    this.#end = last === undefined ? 0n : endOf(last);
  }

  overruns(address: bigint, length: number): boolean {
    if (length < 2) return false;
    const global = this.at(address);
    return global !== null && address + BigInt(length) > endOf(global) && !this.#labels.has(address);
  }

  /** The outermost variable that holds this address. */
  at(address: bigint): PlacedSymbol | null {
    // Most addresses are those of the stack and of the heap. An index of -1 would take long to be found missing.
    if (address < this.#begin || address >= this.#end) return null;
    const symbol = this.#symbols[this.#furthest[this.#before(address)] as number];
    return symbol !== undefined && address < endOf(symbol) ? symbol : null;
  }

  /** The variable nearest to an address that lies in none; null if none is within `NEAR` bytes. */
  nearest(address: bigint): PlacedSymbol | null {
    const index = this.#before(address);
    const below = this.#symbols[this.#furthest[index] ?? -1];
    const above = this.#symbols[index + 1];
    const past = below === undefined ? NEAR : address - endOf(below);
    const short = above === undefined ? NEAR : above.address - address;
    const best = past < short ? below : above;
    return best !== undefined && (past < short ? past : short) < NEAR ? best : null;
  }

  /** The section that an address lies in or right behind. */
  sectionNear(address: bigint): PlacedSection | null {
    const index = lowerBound(this.#sections.length, (i) => (this.#sections[i]?.address ?? 0n) <= address) - 1;
    const section = this.#sections[index];
    return section !== undefined && address < endOf(section) + NEAR ? section : null;
  }

  /** The index of the last symbol that begins at or before an address; -1: none does. */
  #before(address: bigint): number {
    return lowerBound(this.#symbols.length, (index) => (this.#symbols[index]?.address ?? 0n) <= address) - 1;
  }

  /** Whether it lies in its section whole, and that is no link set. True where it has no section. */
  #isWhole(symbol: PlacedSymbol): boolean {
    const section = this.sectionNear(symbol.address);
    if (section === null) return true;
    return endOf(symbol) <= endOf(section) && !isSet(section);
  }
}

function endOf({ address, size }: { readonly address: bigint; readonly size: number }): bigint {
  return address + BigInt(size);
}

function byAddress(a: { readonly address: bigint }, b: { readonly address: bigint }): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}
