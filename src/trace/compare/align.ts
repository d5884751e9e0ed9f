/** One step of an alignment: an item of either side beside its like, or alone. Indices. */
export interface AlignedPair {
  readonly a: number | null;
  readonly b: number | null;
}

/** Differences that one search goes through; its memory is the square of that. */
const MOST_EDITS = 1500;

/**
 * Aligns two lists so that insertions and removals do not shift the rest: the fewest items stand alone. Lists that differ
 * by more than `mostEdits` items are aligned piece by piece: rightly, but more items may stand alone than need to.
 * Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 */
export function align(a: readonly string[], b: readonly string[], mostEdits: number = MOST_EDITS): AlignedPair[] {
  const pairs: AlignedPair[] = [];
  let [x, y] = [0, 0];
  while (x < a.length || y < b.length) {
    const piece = new Search(a.slice(x), b.slice(y)).pairs(mostEdits);
    for (const pair of piece) {
      pairs.push({ a: pair.a === null ? null : x, b: pair.b === null ? null : y });
      if (pair.a !== null) x += 1;
      if (pair.b !== null) y += 1;
    }
  }
  return pairs;
}

/** So many items of each side are done. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** The shortest way through the grid of two lists: right is an item of `a` alone, down one of `b`, diagonal two alike. */
class Search {
  readonly #a: readonly string[];
  readonly #b: readonly string[];
  /** Of each number of edits: the furthest x on each diagonal x - y, before that edit. */
  readonly #history: Int32Array[] = [];
  #furthest = new Int32Array(0);
  #middle = 0;

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a;
    this.#b = b;
  }

  /** From the start to the ends of both lists, or as far as that many edits lead. */
  pairs(mostEdits: number): AlignedPair[] {
    const { length: n } = this.#a;
    const { length: m } = this.#b;
    const most = Math.min(n + m, mostEdits);
    this.#middle = most + 1;
    this.#furthest = new Int32Array(2 * most + 3);
    for (let edits = 0; edits <= most; edits += 1) {
      this.#history.push(this.#furthest.slice());
      for (let k = -edits; k <= edits; k += 2) {
        const x = this.#follow(this.#enter(this.#furthest, k, edits), k);
        this.#furthest[k + this.#middle] = x;
        if (x >= n && x - k >= m) return this.#back({ x: n, y: m });
      }
    }
    return this.#back(this.#best(most));
  }

  /** Where an edit enters diagonal k: down from the one above, or right from the one below. */
  #enter(furthest: Int32Array, k: number, edits: number): number {
    const above = furthest[k + 1 + this.#middle] as number;
    return this.#isDown(furthest, k, edits) ? above : (furthest[k - 1 + this.#middle] as number) + 1;
  }

  #isDown(furthest: Int32Array, k: number, edits: number): boolean {
    const at = k + this.#middle;
    return k === -edits || (k !== edits && (furthest[at - 1] as number) < (furthest[at + 1] as number));
  }

  #follow(from: number, k: number): number {
    let x = from;
    while (x < this.#a.length && x - k < this.#b.length && this.#a[x] === this.#b[x - k]) x += 1;
    return x;
  }

  /** The furthest of the points inside both lists. */
  #best(edits: number): Point {
    let best: Point = { x: 0, y: 0 };
    for (let k = -edits; k <= edits; k += 2) {
      const x = this.#furthest[k + this.#middle] as number;
      const y = x - k;
      if (x <= this.#a.length && y <= this.#b.length && x + y > best.x + best.y) best = { x, y };
    }
    return best;
  }

  #back(end: Point): AlignedPair[] {
    const pairs: AlignedPair[] = [];
    let { x, y } = end;
    for (let edits = this.#history.length - 1; edits >= 0; edits -= 1) {
      const furthest = this.#history[edits] as Int32Array;
      const k = x - y;
      const down = edits === 0 || this.#isDown(furthest, k, edits);
      const from = edits === 0 ? 0 : (furthest[k + (down ? 1 : -1) + this.#middle] as number);
      const fromY = edits === 0 ? 0 : from - k - (down ? 1 : -1);
      while (x > from && y > fromY) pairs.push({ a: --x, b: --y });
      if (edits > 0) pairs.push(down ? { a: null, b: --y } : { a: --x, b: null });
    }
    return pairs.reverse();
  }
}
