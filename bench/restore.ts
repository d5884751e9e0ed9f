/** What it costs to go back to a snapshot of a whole bench: guest, host and plans. */
import { readFileSync } from 'node:fs';
import { advance, Bench, boot, Judges, parseObject } from 'vmtbench';
import { marked, measuring, median } from './table.ts';

/** Virtual seconds that the driver runs, and is judged, before the second kind of restore. */
const SECONDS = 5;
/** Restores that one figure of the first kind is the mean of. */
const ROUND = 2_000;

/** Medians, in microseconds. */
export interface RestoreCost {
  /** Nothing has changed since the last one. */
  readonly clean: number;
  /** The driver has run for five judged seconds. */
  readonly judged: number;
}

/** @param samples of each kind. */
export function measureRestore(path: string, samples: number): RestoreCost {
  measuring(`restore: a whole bench, ${samples} rounds`);
  const bench = new Bench({ object: parseObject(readFileSync(path), path) });
  try {
    if (boot(bench).over) throw new Error('the driver did not attach');
    const start = bench.snapshot();
    const until = Math.ceil(bench.now) + SECONDS * 1e9;
    const restore = (times: number): number => {
      const began = process.hrtime.bigint();
      for (let i = 0; i < times; i++) bench.restore(start);
      return Number(process.hrtime.bigint() - began) / 1_000 / times;
    };
    const afterRun = (): number => {
      const judges = new Judges(bench);
      bench.watchers.push(judges);
      while (!advance(bench, until).over);
      bench.watchers.pop();
      return restore(1);
    };
    // Until the compiler of JavaScript has nothing left to do.
    for (let i = 0; i < 400; i++) afterRun();
    restore(4 * ROUND);
    const judged = median(Array.from({ length: 20 * samples }, afterRun));
    return { clean: median(Array.from({ length: samples }, () => restore(ROUND))), judged };
  } finally {
    bench.close();
  }
}

/** Microseconds at most. */
const MOST = { clean: 5, judged: 15 } as const;

export function printRestore({ clean, judged }: RestoreCost): void {
  console.log(`\nrestore      a whole bench, us: clean ${marked('restore clean', clean, { most: MOST.clean }, 1)}`);
  const after = marked('restore judged', judged, { most: MOST.judged }, 1);
  console.log(`             after ${SECONDS} judged seconds ${after}`);
}
