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

  /** @param bits of an index: 4 to 24. @throws VmtbenchError `cpu.coverage` */
  constructor(bits: number = 16) {
    if (!Number.isInteger(bits) || bits < 4 || bits > 24) {
      throw new VmtbenchError('cpu.coverage', `no map of edges has ${bits} bits`, 'Give 4 to 24.');
    }
    this.counters = new Uint8Array(2 ** bits);
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

/** @param words address, bytes and executions of each block, as the addon gives them. */
export function blockCountsOf(words: BigUint64Array): BlockCount[] {
  const blocks: BlockCount[] = [];
  for (let at = 0; at < words.length; at += 3) {
    const [address = 0n, size = 0n, executions = 0n] = words.subarray(at, at + 3);
    blocks.push({ address, size: Number(size), executions: Number(executions) });
  }
  return blocks.sort((one, other) => (one.address < other.address ? -1 : one.address > other.address ? 1 : 0));
}
