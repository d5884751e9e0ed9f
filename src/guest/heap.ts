import { alignUp, type GuestMemory } from './memory.ts';

/** A live allocation. */
export interface Allocation {
  readonly address: bigint;
  /** Bytes that were asked for. */
  readonly size: number;
  /** Counts allocations from 0. */
  readonly order: number;
}

/** `double`: freed before and not given out since. `bad`: never the start of an allocation. */
export type FreeResult = 'freed' | 'double' | 'bad';

export interface HeapState {
  readonly top: bigint;
  readonly order: number;
  readonly live: readonly Allocation[];
  /** By class size: free blocks, the last freed last. */
  readonly free: readonly (readonly [number, readonly bigint[]])[];
}

/** Every address is a multiple of it. */
const ALIGN = 16;
/** Bytes between two blocks that belong to nobody. */
const GAP = 16;
const PAGE_CLASS = 2048;
/** What fresh memory holds, so that a guest that forgets to write it does not get zeroes by luck. */
const JUNK = 0xd0;

/**
 * malloc and free over one mapped piece of guest memory. Deterministic: blocks of one class are given out again
 * latest freed first, else memory grows upwards. Nothing of its bookkeeping lies in the guest.
 */
export class Heap {
  readonly #memory: GuestMemory;
  readonly #base: bigint;
  readonly #end: bigint;
  #top: bigint;
  #order = 0;
  #live = new Map<bigint, Allocation>();
  #free = new Map<number, bigint[]>();

  /** `base`, `size`: mapped, writable memory that nobody else uses. */
  constructor(memory: GuestMemory, base: bigint, size: number) {
    this.#memory = memory;
    this.#base = base;
    this.#end = base + BigInt(size);
    this.#top = base + BigInt(GAP);
  }

  /** The address, or null when there is no room. `zero` clears it; else it holds junk. */
  allocate(size: number, zero = false): bigint | null {
    const classSize = classOf(size);
    const address = this.#free.get(classSize)?.pop() ?? this.#grow(classSize);
    if (address === null) return null;
    this.#live.set(address, { address, size, order: this.#order++ });
    this.#memory.write(address, new Uint8Array(size).fill(zero ? 0 : JUNK));
    return address;
  }

  free(address: bigint): FreeResult {
    const allocation = this.#live.get(address);
    if (allocation === undefined) return this.#wasFreed(address) ? 'double' : 'bad';
    this.#live.delete(address);
    const classSize = classOf(allocation.size);
    const list = this.#free.get(classSize) ?? [];
    list.push(address);
    this.#free.set(classSize, list);
    return 'freed';
  }

  /** Bytes asked for at this address, null if no live allocation starts there. */
  sizeOf(address: bigint): number | null {
    return this.#live.get(address)?.size ?? null;
  }

  /** Live allocations, oldest first. */
  get live(): Allocation[] {
    return [...this.#live.values()].sort((a, b) => a.order - b.order);
  }

  /** Is the address in the memory that this heap gives out? */
  owns(address: bigint): boolean {
    return address >= this.#base && address < this.#end;
  }

  snapshot(): HeapState {
    const free = [...this.#free].map(([size, list]) => [size, [...list]] as const);
    return { top: this.#top, order: this.#order, live: [...this.#live.values()], free };
  }

  restore(state: HeapState): void {
    this.#top = state.top;
    this.#order = state.order;
    this.#live = new Map(state.live.map((allocation) => [allocation.address, allocation]));
    this.#free = new Map(state.free.map(([size, list]) => [size, [...list]]));
  }

  #grow(classSize: number): bigint | null {
    const address = alignUp(this.#top, ALIGN);
    const top = address + BigInt(classSize + GAP);
    if (top > this.#end) return null;
    this.#top = top;
    return address;
  }

  #wasFreed(address: bigint): boolean {
    return [...this.#free.values()].some((list) => list.includes(address));
  }
}

/** Sizes that share blocks: multiples of 16 up to 2 KiB, then powers of two. */
function classOf(size: number): number {
  if (size <= PAGE_CLASS) return Math.max(ALIGN, Math.ceil(size / ALIGN) * ALIGN);
  return 2 ** Math.ceil(Math.log2(size));
}
