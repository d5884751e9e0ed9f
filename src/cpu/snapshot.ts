import { VmtbenchError } from '../errors.ts';
import { type AddressSpace, PAGE_SIZE, peekDirty, type Region, takeDirty } from './memory.ts';
import { addon } from './native.ts';

/** What a page held, and its shadow where the region has one. */
interface Page {
  readonly bytes: Uint8Array;
  readonly shadow: Uint8Array | null;
}

/** Every page of a region by number; a page that is not there was never written: zeros. */
type PageTable = readonly (Page | undefined)[];

export interface MemoryImage {
  readonly tables: ReadonlyMap<Region, PageTable>;
}

/** 128 bits of digest in two sums, each modulo 2^64. */
type Sums = readonly [bigint, bigint];

/**
 * Copies of memory that share the pages they have in common: a copy costs its dirty pages, going back costs the pages
 * that differ. Any number of copies may be held, and gone back to in any order.
 */
export class MemoryHistory {
  /** What memory held when it was last in step with a copy. */
  readonly #current = new Map<Region, PageTable>();
  /** What each copied page adds to the digest. A page is copied at one place only. */
  readonly #digests = new WeakMap<Page, Sums>();
  readonly #tableDigests = new WeakMap<PageTable, Sums>();
  readonly #sums = new BigUint64Array(2);

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

  /**
   * 32 hex digits that stand for what memory holds now, the regions in `except` left out: the same whatever was
   * written in between. Costs the pages written since the last copy, and copies none.
   */
  digest(space: AddressSpace, except: readonly Region[]): string {
    let [low, high] = [0n, 0n];
    for (const region of space.regions) {
      if (except.includes(region)) continue;
      const place = Number(region.address / BigInt(PAGE_SIZE));
      const table = this.#current.get(region) ?? [];
      const [baseLow, baseHigh] = this.#digestOfTable(table, place);
      low += baseLow;
      high += baseHigh;
      for (const page of peekDirty(region)) {
        const before = this.#digestOfPage(table[page], place + page);
        const now = this.#add(region.bytes, region.shadow, page * PAGE_SIZE, place + page);
        low += now[0] - before[0];
        high += now[1] - before[1];
      }
    }
    return [low, high].map((sum) => BigInt.asUintN(64, sum).toString(16).padStart(16, '0')).join('');
  }

  #digestOfTable(table: PageTable, place: number): Sums {
    const known = this.#tableDigests.get(table);
    if (known !== undefined) return known;
    let [low, high] = [0n, 0n];
    for (const [number, page] of table.entries()) {
      const sums = this.#digestOfPage(page, place + number);
      low += sums[0];
      high += sums[1];
    }
    this.#tableDigests.set(table, [low, high]);
    return [low, high];
  }

  #digestOfPage(page: Page | undefined, place: number): Sums {
    if (page === undefined) return [0n, 0n];
    let sums = this.#digests.get(page);
    if (sums === undefined) {
      sums = this.#add(page.bytes, page.shadow, 0, place);
      this.#digests.set(page, sums);
    }
    return sums;
  }

  #add(bytes: Uint8Array, shadow: Uint8Array | null, offset: number, place: number): Sums {
    this.#sums.fill(0n);
    addon().addPageDigest(bytes, shadow, offset, place, this.#sums);
    return [this.#sums[0] as bigint, this.#sums[1] as bigint];
  }
}

function copyPage({ bytes, shadow }: Region, page: number): Page {
  const start = page * PAGE_SIZE;
  const copy = (all: Uint8Array): Uint8Array => all.slice(start, start + PAGE_SIZE);
  return { bytes: copy(bytes), shadow: shadow === null ? null : copy(shadow) };
}

function restorePage(region: Region, page: number, content: Page | undefined): void {
  const start = page * PAGE_SIZE;
  if (content === undefined) {
    region.bytes.fill(0, start, start + PAGE_SIZE);
    region.shadow?.fill(0, start, start + PAGE_SIZE);
    return;
  }
  region.bytes.set(content.bytes, start);
  if (content.shadow !== null) region.shadow?.set(content.shadow, start);
}

export function foreignSnapshot(): VmtbenchError {
  return new VmtbenchError(
    'cpu.snapshot',
    'this snapshot was made by another machine',
    'Go back to a snapshot on the machine that made it; what it holds means nothing to another one.',
  );
}
