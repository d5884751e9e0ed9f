import { VmtbenchError } from '../errors.ts';

/** How often one block of code ran. */
export interface BlockCount {
  /** Its first instruction; linear. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: number;
  readonly executions: number;
}

/**
 * Counters of edges between blocks, each up to 255. An edge has the same index in every process; two edges may share one.
 * The addon lists the counters that are not 0, so that `clear` costs no more than what ran.
 */
export class EdgeMap {
  readonly counters: Uint8Array;
  /** [0]: how many counters are not 0; then their indexes in order of first use. */
  readonly touched: Uint32Array;

  /**
   * @param bits of an index: 4 to 24.
   * @param counters 2^bits zeros, if they are somebody else's.
   * @throws VmtbenchError `cpu.coverage`
   */
  constructor(
    bits: number = 16,
    counters: Uint8Array = new Uint8Array(bits >= 4 && bits <= 24 ? 2 ** Math.floor(bits) : 0),
  ) {
    if (!Number.isInteger(bits) || bits < 4 || bits > 24 || counters.length !== 2 ** bits) {
      throw new VmtbenchError('cpu.coverage', `no map of edges has ${bits} bits`, 'Give 4 to 24.');
    }
    this.counters = counters;
    this.touched = new Uint32Array(2 ** bits + 1);
  }

  /** How many counters are not 0. */
  get size(): number {
    return this.touched[0] as number;
  }

  /** The indexes of the counters that are not 0, in order of first use. A view: valid until the next run or `clear`. */
  get indexes(): Uint32Array {
    return this.touched.subarray(1, 1 + this.size);
  }

  /** Sets all counters to 0. */
  clear(): void {
    const { counters, touched } = this;
    for (let left = this.size; left > 0; left--) counters[touched[left] as number] = 0;
    touched[0] = 0;
  }
}

/** How often one block ran behind another. */
export interface EdgeCount extends BlockCount {
  /** The block before; null: the first of a run. */
  readonly from: bigint | null;
}

/** @param words the block before, address, bytes and executions of each edge, as the addon gives them. */
export function edgeCountsOf(words: BigUint64Array): EdgeCount[] {
  const edges: EdgeCount[] = [];
  for (let at = 0; at < words.length; at += 4) {
    const [from = 0n, address = 0n, size = 0n, executions = 0n] = words.subarray(at, at + 4);
    edges.push({ from: from === 0n ? null : from, address, size: Number(size), executions: Number(executions) });
  }
  return edges;
}

/** The edges of a block together. */
export function blockCountsOf(edges: readonly EdgeCount[]): BlockCount[] {
  const blocks = new Map<bigint, BlockCount>();
  for (const { address, size, executions } of edges) {
    const before = blocks.get(address)?.executions ?? 0;
    blocks.set(address, { address, size, executions: before + executions });
  }
  return [...blocks.values()].sort((one, other) =>
    one.address < other.address ? -1 : one.address > other.address ? 1 : 0,
  );
}
