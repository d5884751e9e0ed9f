import type { TestCase } from './test-case.ts';

/** Trials that a member of the crew is given at a time. */
const BATCH = 64;

/** The same trials, those with the same strikes in a row, by the place of the strikes: neighbours share most. */
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

/** A list in pieces, one for each member of a crew, who takes of another's when the own one is done. */
export class WorkQueue {
  readonly #queue: TestCase[][];

  constructor(testCases: readonly TestCase[], members: number) {
    const size = Math.ceil(testCases.length / members);
    this.#queue = Array.from({ length: members }, (_, member) => testCases.slice(member * size, (member + 1) * size));
  }

  /** What a member does next; empty: all is done, or under way. */
  next(member: number): TestCase[] {
    const own = this.#queue[member] ?? [];
    if (own.length > 0) return own.splice(0, BATCH);
    const longest = this.#queue.reduce((best, lane) => (lane.length > best.length ? lane : best), own);
    return longest.splice(-BATCH);
  }
}
