import type { KernelServices } from '../../guest/index.ts';

const PAGE = 4096;
/** Pages that alloc_pages has to give: enough for a balloon that a test inflates. */
const POOL = 64;
/** Page frame number of the first of them. */
const FIRST_FRAME = 0x100;
/** Where amd64 maps the kernel itself (`__START_KERNEL_map`): such addresses become physical through phys_base. */
const KERNEL_MAP = 0xffffffff80000000n;

/** Whole pages and their struct pages, as the memory maps of amd64 and (mem_map) i386 relate them. */
export class PageAllocator {
  readonly #pool: bigint;
  readonly #structs: bigint;
  readonly #structSize: number;
  #free: number[] = [];

  /** @param structSize sizeof(struct page) */
  constructor(services: KernelServices, structSize: number) {
    this.#structSize = structSize;
    this.#pool = services.reserve(POOL * PAGE, PAGE);
    this.#structs = services.reserve(POOL * this.#structSize, 64);
    this.#free = Array.from({ length: POOL }, (_, index) => index);
  }

  /** What the object's own address arithmetic starts from. */
  get bases(): Readonly<Record<'page_offset_base' | 'vmemmap_base' | 'mem_map' | 'phys_base', bigint>> {
    const frameZero = this.#structs - BigInt(FIRST_FRAME * this.#structSize);
    return {
      page_offset_base: this.#pool - BigInt(FIRST_FRAME * PAGE),
      vmemmap_base: frameZero,
      mem_map: frameZero,
      phys_base: BigInt.asUintN(64, BigInt(FIRST_FRAME * PAGE) - (this.#pool - KERNEL_MAP)),
    };
  }

  /** The struct page of the first of 2^order pages side by side; null: there are none. */
  allocate(order: number): bigint | null {
    const count = 2 ** order;
    if (count > POOL) return null;
    const first = this.#free.find((page) => page % count === 0 && this.#isFree(page, count));
    if (first === undefined) return null;
    this.#free = this.#free.filter((page) => page < first || page >= first + count);
    return this.#structs + BigInt(first * this.#structSize);
  }

  /** False: no such pages were given out. */
  release(structPage: bigint, order: number): boolean {
    const offset = structPage - this.#structs;
    const first = Number(offset / BigInt(this.#structSize));
    const count = 2 ** order;
    if (offset < 0n || offset % BigInt(this.#structSize) !== 0n || first + count > POOL) return false;
    if (this.#free.some((page) => page >= first && page < first + count)) return false;
    this.#free = [...this.#free, ...Array.from({ length: count }, (_, index) => first + index)].sort((a, b) => a - b);
    return true;
  }

  /** Pages given out. */
  get used(): number {
    return POOL - this.#free.length;
  }

  addressOf(structPage: bigint): bigint {
    return this.#pool + ((structPage - this.#structs) / BigInt(this.#structSize)) * BigInt(PAGE);
  }

  structOf(address: bigint): bigint {
    return this.#structs + ((address - this.#pool) / BigInt(PAGE)) * BigInt(this.#structSize);
  }

  snapshot(): readonly number[] {
    return [...this.#free];
  }

  restore(free: readonly number[]): void {
    this.#free = [...free];
  }

  #isFree(first: number, count: number): boolean {
    for (let page = first; page < first + count; page++) if (!this.#free.includes(page)) return false;
    return true;
  }
}
