import { openSync, writeSync } from 'node:fs';
import { Executor } from './execute.ts';
import { snippetOf } from './generate.ts';

/** What a child says about one snippet, a line of JSON each. */
export interface Report {
  readonly seed: number;
  readonly differences: readonly string[];
}

/**
 * The process that executes snippets, and that one of them may bring down: the seed of the one under way stands in the
 * file `progress`.
 */
export function main(first: string, count: string, progress: string): void {
  const file = openSync(progress, 'w');
  const executor = new Executor();
  const current = new Uint32Array(1);
  for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
    current[0] = seed;
    writeSync(file, current, 0, 4, 0);
    const differences = executor.execute(snippetOf(seed));
    if (differences.length === 0) continue;
    const report: Report = { seed, differences };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }
  executor.close();
}
