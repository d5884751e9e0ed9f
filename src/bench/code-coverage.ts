import type { ExecutedEdge } from '../object/index.ts';
import type { Bench, BenchObserver } from './bench.ts';

/**
 * How often the code of an object ran, over all benches that it observes: where the loader puts a section does not
 * matter.
 */
export class CodeCoverage implements BenchObserver {
  readonly #edges = new Map<string, ExecutedEdge>();
  readonly #open = new Set<Bench>();

  opened(bench: Bench): void {
    bench.guest.machine.countBlocks(true);
    this.#open.add(bench);
  }

  closing(bench: Bench): void {
    if (this.#open.delete(bench)) this.#take(bench);
  }

  /** Of all benches, those that are open too. */
  get edges(): readonly ExecutedEdge[] {
    for (const bench of this.#open) this.#take(bench);
    return [...this.#edges.values()];
  }

  #take({ guest }: Bench): void {
    for (const { from, address, size, executions } of guest.machine.edgeCounts()) {
      const place = guest.places.inSection(address);
      if (place === null) continue;
      const before = from === null ? null : guest.places.inSection(from);
      const near = before?.section === place.section ? before.offset : null;
      this.#add({ ...place, from: near, size, executions });
    }
    guest.machine.countBlocks(true);
  }

  #add(edge: ExecutedEdge): void {
    const key = `${edge.section} ${edge.from} ${edge.offset}`;
    const known = this.#edges.get(key);
    const executions = edge.executions + (known?.executions ?? 0);
    this.#edges.set(key, { ...edge, size: Math.max(edge.size, known?.size ?? 0), executions });
  }
}
