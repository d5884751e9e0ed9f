import type { ObjectFile } from '../elf/object.ts';
import { type Section, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS } from '../elf/sections.ts';

/** Where the first section of a relocatable object is taken to lie: no address that means "nowhere". */
const START = 0x10000;
const ALIGN = 16;

/**
 * Addresses inside an object, before any loader has moved it. A linked file has its own. The sections of a
 * relocatable one all start at 0: here they are taken to lie one after the other, so that an address means one place.
 */
export class ObjectAddresses {
  readonly #starts = new Map<number, bigint>();
  /** Ascending. */
  readonly #code: { readonly start: bigint; readonly end: bigint }[] = [];

  constructor(object: ObjectFile) {
    let next = START;
    for (const section of object.sections) {
      if ((section.flags & SHF_ALLOC) === 0 || object.discarded.has(section.index)) continue;
      const relocatable = object.type === 'relocatable';
      const start = relocatable ? BigInt(next) : section.address;
      this.#starts.set(section.index, start);
      // Sections without bytes in the file hold no code, and their sizes are unchecked claims.
      const size = section.type === SHT_NOBITS ? 0 : section.size;
      if (relocatable) next += Math.ceil((size + 1) / ALIGN) * ALIGN;
      if (isCode(section)) this.#code.push({ start, end: start + BigInt(size) });
    }
    this.#code.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }

  /** Where a section lies; null for one that is not loaded. */
  start(section: number): bigint | null {
    return this.#starts.get(section) ?? null;
  }

  /** Is there code at this address? Linkers point what they dropped at 0 or at the end of memory. */
  isCode(address: bigint): boolean {
    let low = 0;
    let high = this.#code.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#code[middle]?.start ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    return address < (this.#code[low - 1]?.end ?? 0n);
  }
}

function isCode({ flags, type }: Section): boolean {
  return (flags & SHF_EXECINSTR) !== 0 && type !== SHT_NOBITS;
}
