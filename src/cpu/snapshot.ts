import { type AddressSpace, PAGE_SIZE, type Region, takeDirty } from './memory.ts';

/**
 * The content of every page of a region by number, with its shadow behind it where there is one; a page that is not
 * there was never written: zeros.
 */
type PageTable = readonly (Uint8Array | undefined)[];

export interface MemoryImage {
  readonly tables: ReadonlyMap<Region, PageTable>;
}

/**
 * Copies of memory that share the pages they have in common: a copy costs its dirty pages, going back costs the pages
 * that differ. Any number of copies may be held, and gone back to in any order.
 */
export class MemoryHistory {
  /** What memory held when it was last in step with a copy. */
  readonly #current = new Map<Region, PageTable>();

  capture(space: AddressSpace): MemoryImage {
    const tables = new Map<Region, PageTable>();
    for (const region of space.regions) {
      const known = this.#current.get(region);
      const dirty = takeDirty(region);
      let table = known ?? [];
      if (dirty.length > 0) {
        const next = table.slice();
        for (const page of dirty) next[page] = copyPage(region, page);
        table = next;
      }
      if (table !== known) this.#current.set(region, table);
      tables.set(region, table);
    }
    return { tables };
  }

  /**
   * Brings the regions of `image` back to what they held; `changed` hears of each page that was written.
   * The regions must be mapped already.
   */
  restore(image: MemoryImage, changed: (region: Region, page: number) => void): void {
    for (const [region, table] of image.tables) {
      const current = this.#current.get(region) ?? [];
      const stale = new Set(takeDirty(region));
      if (current !== table) {
        for (let page = 0; page < Math.max(current.length, table.length); page++) {
          if (current[page] !== table[page]) stale.add(page);
        }
      }
      for (const page of stale) {
        restorePage(region, page, table[page]);
        changed(region, page);
      }
      this.#current.set(region, table);
    }
  }
}

function copyPage(region: Region, page: number): Uint8Array {
  const start = page * PAGE_SIZE;
  if (region.shadow === null) return region.bytes.slice(start, start + PAGE_SIZE);
  const copy = new Uint8Array(2 * PAGE_SIZE);
  copy.set(region.bytes.subarray(start, start + PAGE_SIZE));
  copy.set(region.shadow.subarray(start, start + PAGE_SIZE), PAGE_SIZE);
  return copy;
}

function restorePage(region: Region, page: number, content: Uint8Array | undefined): void {
  const start = page * PAGE_SIZE;
  if (content === undefined) {
    region.bytes.fill(0, start, start + PAGE_SIZE);
    region.shadow?.fill(0, start, start + PAGE_SIZE);
    return;
  }
  region.bytes.set(region.shadow === null ? content : content.subarray(0, PAGE_SIZE), start);
  region.shadow?.set(content.subarray(PAGE_SIZE), start);
}
