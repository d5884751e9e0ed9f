import type { TestCase } from './test-case.ts';

/** Test cases that a worker gets at a time. */
const BATCH = 64;

/** Sorts test cases by their injections, in the order of accesses: neighbours share most. */
export function byInjections(testCases: readonly TestCase[]): TestCase[] {
  return [...testCases].sort(compareInjections);
}

function compareInjections(a: TestCase, b: TestCase): number {
  for (const [index, injection] of a.injections.entries()) {
    const other = b.injections[index];
    if (other === undefined) return 1;
    if (injection.access !== other.access) return injection.access - other.access;
    if (injection.kind !== other.kind) return injection.kind < other.kind ? -1 : 1;
  }
  return a.injections.length - b.injections.length || a.variant - b.variant;
}

/** Test cases in one part for each worker. A worker whose part is empty takes from the longest one. */
export class WorkQueue {
  readonly #parts: TestCase[][];

  constructor(testCases: readonly TestCase[], workers: number) {
    const size = Math.ceil(testCases.length / workers);
    this.#parts = Array.from({ length: workers }, (_, worker) => testCases.slice(worker * size, (worker + 1) * size));
  }

  /** Removes the next batch for a worker. Empty: no test case is left. */
  next(worker: number): TestCase[] {
    const own = this.#parts[worker] ?? [];
    if (own.length > 0) return own.splice(0, BATCH);
    const longest = this.#parts.reduce((best, part) => (part.length > best.length ? part : best), own);
    return longest.splice(-BATCH);
  }
}
