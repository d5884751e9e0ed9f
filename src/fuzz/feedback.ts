import { EdgeMap } from '../cpu/index.ts';

/** Bits of an edge's index. */
const EDGE_BITS = 16;
const EDGES = 2 ** EDGE_BITS;
/** Counters behind the edges: pairs of a place and a protocol state. */
const PAIRS = 256;

/** Bytes of all counters of one execution. */
export const COUNTERS: number = EDGES + PAIRS;

/** Counts as fuzzers tell them apart: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128-255; a bit each. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count < 3) return [0, 1, 2][count] as number;
  return [4, 8, 16, 32, 64, 64, 128][Math.floor(Math.log2(count)) - 1] ?? 128;
});

/** What executions showed, as counters, and what is new in the last one. */
export class Feedback {
  /** The counters of one execution: edges, then pairs. An engine may read them. */
  readonly counters: Uint8Array;
  readonly edges: EdgeMap;
  readonly pairs: Uint8Array;
  /** The buckets that were seen, by counter. */
  readonly #seen = new Uint8Array(COUNTERS);
  #edgesSeen = 0;
  #pairsSeen = 0;

  /** @param counters zeros, if they are somebody else's. */
  constructor(counters: Uint8Array = new Uint8Array(COUNTERS)) {
    this.counters = counters;
    this.edges = new EdgeMap(EDGE_BITS, counters.subarray(0, EDGES));
    this.pairs = counters.subarray(EDGES, COUNTERS);
  }

  /** Edges and pairs that were ever seen. */
  get seen(): { readonly edges: number; readonly pairs: number } {
    return { edges: this.#edgesSeen, pairs: this.#pairsSeen };
  }

  /** Takes what the execution showed. @returns whether some of it is new. */
  take(): boolean {
    let isNew = false;
    const { counters, edges } = this;
    for (const index of edges.indexes) if (this.#note(index, counters[index] as number)) isNew = true;
    for (let pair = 0; pair < PAIRS; pair++) {
      const count = this.pairs[pair] as number;
      if (count !== 0 && this.#note(EDGES + pair, count)) isNew = true;
    }
    return isNew;
  }

  #note(index: number, count: number): boolean {
    const bit = BUCKETS[count] as number;
    const seen = this.#seen[index] as number;
    if ((seen & bit) !== 0) return false;
    this.#seen[index] = seen | bit;
    if (seen !== 0) return true;
    if (index < EDGES) this.#edgesSeen++;
    else this.#pairsSeen++;
    return true;
  }
}
