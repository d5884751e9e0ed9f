import { alignUp } from '../memory.ts';
import type { MemoryAccess } from './memory.ts';

/** Guest memory, and the checker that knows which bytes of it may be touched. cpu's `Machine` satisfies it. */
export interface HeapMemory extends MemoryAccess {
  /** The guest may touch these bytes; `written`: they hold something. */
  allow(address: bigint, length: number, written: boolean): void;
  /** Nobody may touch these bytes. */
  poison(address: bigint, length: number): void;
}

/** An allocation, live or freed. */
export interface Allocation {
  readonly address: bigint;
  /** Bytes that were asked for. */
  readonly size: number;
  /** Counts allocations from 0. */
  readonly order: number;
  /** The guest's instruction behind the call that asked for it; null where the bench did. */
  readonly by: bigint | null;
  /** The same of the call that gave it back. */
  readonly freedBy?: bigint | null;
}

/** `double`: freed before and not given out since. `bad`: never the start of an allocation. */
export type FreeResult = 'freed' | 'double' | 'bad';

export interface HeapState {
  readonly top: bigint;
  readonly order: number;
  readonly live: readonly Allocation[];
  /** Freed blocks that are not given out again yet, the first freed first. */
  readonly quarantine: readonly Allocation[];
  /** By class size: free blocks, the last freed last. */
  readonly free: readonly (readonly [number, readonly Allocation[]])[];
}

/** Every address is a multiple of it. */
const ALIGN = 16;
/** Bytes before and behind each block that belong to nobody. */
const RED_ZONE = 32;
const PAGE_CLASS = 2048;
/** Bytes of freed blocks that stay poison before they are given out again. */
const QUARANTINE = 256 * 1024;
/** What fresh memory holds, so that a guest that forgets to write it does not get zeroes by luck. */
const JUNK = 0xd0;

/**
 * malloc and free over one mapped piece of guest memory. Deterministic: blocks of one class are given out again
 * latest freed first once they have left the quarantine, else memory grows upwards. Nothing of its bookkeeping lies in
 * the guest. All but the bytes of live blocks is poison to the memory checker.
 */
export class Heap {
  /** Who is calling now, for the blocks' records: set by whoever serves the guest's call. */
  site: bigint | null = null;
  readonly #memory: HeapMemory;
  readonly #base: bigint;
  readonly #end: bigint;
  #top: bigint;
  #order = 0;
  #live = new Map<bigint, Allocation>();
  /** The same in order, made when somebody asks. */
  #ordered: readonly Allocation[] | null = null;
  #quarantine: Allocation[] = [];
  #quarantined = 0;
  #free = new Map<number, Allocation[]>();

  /** `base`, `size`: mapped, writable memory that nobody else uses. */
  constructor(memory: HeapMemory, base: bigint, size: number) {
    this.#memory = memory;
    this.#base = base;
    this.#end = base + BigInt(size);
    this.#top = base + BigInt(RED_ZONE);
  }

  /** The address, or null when there is no room. `zero` clears it; else it holds junk that nobody has written. */
  allocate(size: number, zero = false): bigint | null {
    const classSize = classOf(size);
    const address = this.#free.get(classSize)?.pop()?.address ?? this.#grow(classSize);
    if (address === null) return null;
    this.#live.set(address, { address, size, order: this.#order++, by: this.site });
    this.#ordered = null;
    this.#memory.allow(address, size, zero);
    this.#memory.fill(address, size, zero ? 0 : JUNK);
    if (!zero) this.#memory.allow(address, size, false);
    return address;
  }

  free(address: bigint): FreeResult {
    const allocation = this.#live.get(address);
    if (allocation === undefined) return this.#freed(address) === null ? 'bad' : 'double';
    this.#live.delete(address);
    this.#ordered = null;
    this.#memory.poison(address, allocation.size);
    this.#quarantine.push({ ...allocation, freedBy: this.site });
    this.#quarantined += classOf(allocation.size);
    while (this.#quarantined > QUARANTINE) this.#release();
    return 'freed';
  }

  /** Bytes asked for at this address, null if no live allocation starts there. */
  sizeOf(address: bigint): number | null {
    return this.#live.get(address)?.size ?? null;
  }

  /** Live allocations, oldest first. */
  get live(): readonly Allocation[] {
    this.#ordered ??= [...this.#live.values()].sort((a, b) => a.order - b.order);
    return this.#ordered;
  }

  /** Is the address in the memory that this heap gives out? */
  owns(address: bigint): boolean {
    return address >= this.#base && address < this.#end;
  }

  /**
   * The block that an access at `address` surely meant: the one that it lies in, live or freed, else the nearest one
   * whose red zone it lies in.
   */
  nearest(address: bigint): Allocation | null {
    let best: Allocation | null = null;
    let least = BigInt(2 * RED_ZONE);
    for (const block of [...this.#live.values(), ...this.#quarantine, ...[...this.#free.values()].flat()]) {
      const distance = distanceTo(block, address);
      if (distance >= least) continue;
      best = block;
      least = distance;
    }
    return best;
  }

  snapshot(): HeapState {
    return {
      top: this.#top,
      order: this.#order,
      live: [...this.#live.values()],
      quarantine: [...this.#quarantine],
      free: [...this.#free].map(([size, list]) => [size, [...list]] as const),
    };
  }

  /** What decides all that it does from now on: how often it was asked before does not. */
  future(): unknown {
    const { top, live, quarantine, free } = this.snapshot();
    const place = ({ address, size, by }: Allocation): unknown => [address, size, by];
    const freed = ({ address, size }: Allocation): unknown => [address, size];
    return [top, live.map(place), quarantine.map(freed), free.map(([size, list]) => [size, list.map(freed)])];
  }

  /** The memory itself, and what of it is poison, goes back with the machine. */
  restore(state: HeapState): void {
    this.#top = state.top;
    this.#order = state.order;
    this.#live = new Map(state.live.map((allocation) => [allocation.address, allocation]));
    this.#ordered = null;
    this.#quarantine = [...state.quarantine];
    this.#quarantined = state.quarantine.reduce((sum, { size }) => sum + classOf(size), 0);
    this.#free = new Map(state.free.map(([size, list]) => [size, [...list]]));
  }

  #grow(classSize: number): bigint | null {
    const address = alignUp(this.#top, ALIGN);
    const top = address + BigInt(classSize + RED_ZONE);
    if (top > this.#end) return this.#quarantine.length > 0 ? this.#reuse(classSize) : null;
    this.#top = top;
    return address;
  }

  /** When there is no other room the quarantine ends early. */
  #reuse(classSize: number): bigint | null {
    while (this.#quarantine.length > 0) this.#release();
    return this.#free.get(classSize)?.pop()?.address ?? null;
  }

  /** The oldest freed block may be given out again. */
  #release(): void {
    const block = this.#quarantine.shift();
    if (block === undefined) return;
    const classSize = classOf(block.size);
    this.#quarantined -= classSize;
    const list = this.#free.get(classSize) ?? [];
    list.push(block);
    this.#free.set(classSize, list);
  }

  #freed(address: bigint): Allocation | null {
    const all = [...this.#quarantine, ...[...this.#free.values()].flat()];
    return all.find((block) => block.address === address) ?? null;
  }
}

/** 0 inside a block; else how many bytes lie between, the next byte counting 1. */
function distanceTo({ address, size }: Allocation, at: bigint): bigint {
  if (at < address) return address - at;
  const end = address + BigInt(size);
  return at < end ? 0n : at - end + 1n;
}

/** Sizes that share blocks: multiples of 16 up to 2 KiB, then powers of two. */
function classOf(size: number): number {
  if (size <= PAGE_CLASS) return Math.max(ALIGN, Math.ceil(size / ALIGN) * ALIGN);
  return 2 ** Math.ceil(Math.log2(size));
}
