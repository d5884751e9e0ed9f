import { alignUp } from '../memory.ts';
import { ADDRESS_KEYS, NUMBER_KEYS, type StateCell, States, Table } from '../state.ts';
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
  /** What it is, where the bench made it. */
  readonly name?: string;
}

/** `double`: freed before and not given out since. `bad`: never the start of an allocation. */
export type FreeResult = 'freed' | 'double' | 'bad';

/** A stack of free blocks, the last freed on top. Never changed: a new block is a new top. */
interface FreeBlock {
  readonly block: Allocation;
  readonly below: FreeBlock | null;
}

export interface HeapState {
  top: bigint;
  order: number;
  /** By address. */
  live: Record<string, Allocation>;
  /** Freed blocks that are not given out again yet, the first freed first. */
  quarantine: Allocation[];
  /** Bytes of those, as classes have them. */
  quarantined: number;
  /** By class size. */
  free: Record<string, FreeBlock | null>;
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
  /** Who is calling now, for the blocks' records: set by the runner that serves the guest's call. */
  site: bigint | null = null;
  readonly state: StateCell<HeapState>;
  readonly #memory: HeapMemory;
  readonly #base: bigint;
  readonly #end: bigint;
  readonly #live: Table<bigint, Allocation>;
  readonly #free: Table<number, FreeBlock | null>;
  /** The live ones in order, made when somebody asks; null: they have changed since. */
  #ordered: { readonly of: unknown; readonly list: readonly Allocation[] } | null = null;

  /** `base`, `size`: mapped, writable memory that nobody else uses. */
  constructor(memory: HeapMemory, base: bigint, size: number, states: States = new States()) {
    this.#memory = memory;
    this.#base = base;
    this.#end = base + BigInt(size);
    const empty = { order: 0, live: {}, quarantine: [], quarantined: 0, free: {} };
    const state = states.cell<HeapState>('heap', { top: base + BigInt(RED_ZONE), ...empty });
    this.state = state;
    this.#live = new Table(
      ADDRESS_KEYS,
      () => state.now.live,
      () => state.change.live,
    );
    this.#free = new Table(
      NUMBER_KEYS,
      () => state.now.free,
      () => state.change.free,
    );
  }

  /** The address, or null when there is no room. `zero` clears it; else it holds junk that nobody has written. */
  /** @param name what it is, for people, where the bench makes it. */
  allocate(size: number, zero = false, name?: string): bigint | null {
    const classSize = classOf(size);
    const address = this.#pop(classSize) ?? this.#grow(classSize);
    if (address === null) return null;
    this.#live.set(address, {
      address,
      size,
      order: this.state.change.order++,
      by: this.site,
      ...(name === undefined ? {} : { name }),
    });
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
    const { change } = this.state;
    change.quarantine.push({ ...allocation, freedBy: this.site });
    change.quarantined += classOf(allocation.size);
    while (change.quarantined > QUARANTINE) this.#release();
    return 'freed';
  }

  /** Bytes asked for at this address, null if no live allocation starts there. */
  sizeOf(address: bigint): number | null {
    return this.#live.get(address)?.size ?? null;
  }

  /** Live allocations, oldest first. */
  get live(): readonly Allocation[] {
    const { live } = this.state.now;
    if (this.#ordered?.of === live) return this.#ordered.list;
    const list = this.#live.values().sort((a, b) => a.order - b.order);
    this.#ordered = { of: live, list };
    return list;
  }

  /** Is the address in the memory that this heap gives out? */
  owns(address: bigint): boolean {
    return address >= this.#base && address < this.#end;
  }

  /** Whether an address lies in a block that the guest itself allocated. */
  isGuests(address: bigint): boolean {
    return (this.nearest(address)?.by ?? null) !== null;
  }

  /**
   * The block that an access at `address` surely meant: the one that it lies in, live or freed, else the nearest one
   * whose red zone it lies in.
   */
  nearest(address: bigint): Allocation | null {
    let best: Allocation | null = null;
    let least = BigInt(2 * RED_ZONE);
    for (const block of [...this.#live.values(), ...this.#freedBlocks()]) {
      const distance = distanceTo(block, address);
      if (distance >= least) continue;
      best = block;
      least = distance;
    }
    return best;
  }

  /** What decides all that it does from now on: how often it was asked before does not. */
  future(): unknown {
    const { top, quarantine } = this.state.now;
    const place = ({ address, size, by }: Allocation): unknown => [address, size, by];
    const freed = ({ address, size }: Allocation): unknown => [address, size];
    const free = this.#free.entries().map(([size, blocks]) => [size, listOf(blocks).map(freed)]);
    return [top, this.#live.values().map(place), quarantine.map(freed), free];
  }

  #pop(classSize: number): bigint | null {
    const first = this.#free.get(classSize) ?? null;
    if (first === null) return null;
    this.#free.set(classSize, first.below);
    return first.block.address;
  }

  #grow(classSize: number): bigint | null {
    const { top, quarantine } = this.state.now;
    const address = alignUp(top, ALIGN);
    const end = address + BigInt(classSize + RED_ZONE);
    if (end > this.#end) return quarantine.length > 0 ? this.#reuse(classSize) : null;
    this.state.change.top = end;
    return address;
  }

  /** When there is no other room the quarantine ends early. */
  #reuse(classSize: number): bigint | null {
    while (this.state.now.quarantine.length > 0) this.#release();
    return this.#pop(classSize);
  }

  /** The oldest freed block may be given out again. */
  #release(): void {
    const { change } = this.state;
    const block = change.quarantine.shift();
    if (block === undefined) return;
    const classSize = classOf(block.size);
    change.quarantined -= classSize;
    this.#free.set(classSize, { block, below: this.#free.get(classSize) ?? null });
  }

  #freed(address: bigint): Allocation | null {
    return this.#freedBlocks().find((block) => block.address === address) ?? null;
  }

  /** The freed blocks, those in quarantine first. */
  #freedBlocks(): Allocation[] {
    return [...this.state.now.quarantine, ...this.#free.values().flatMap(listOf)];
  }
}

/** Free blocks, the last freed last. */
function listOf(blocks: FreeBlock | null): Allocation[] {
  const list: Allocation[] = [];
  for (let next = blocks; next !== null; next = next.below) list.push(next.block);
  return list.reverse();
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
