/** What `vmtbench run` costs before and besides the run: one virtual second of the driver, beside an empty Node. */
import { spawnSync } from 'node:child_process';
import { isMissed, marked, measuring, median, missed } from './table.ts';

const MOST_RATIO = 3;
const MOST_MIB = 85;

/** Medians. */
export interface ColdStart {
  /** Milliseconds of wall time. */
  readonly figure: number;
  /** The same over that of `node -e 0`. */
  readonly ratio: number;
  /** Most memory that was resident. */
  readonly mib: number;
}

/** Prints the process's peak, in KiB, behind all else. */
const PEAK = "data:text/javascript,process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";

/** @param main the compiled command line. */
export function measureColdStart(main: string, object: string, rounds: number): ColdStart {
  measuring('coldStart: vmtbench run of 1 s, beside node -e 0');
  const run = [main, 'run', object, '--for', '1s'];
  const sides = { node: [] as number[], run: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    sides.node.push(wallTime(['-e', '0']));
    sides.run.push(wallTime(run));
  }
  const { stderr } = spawnSync(process.execPath, ['--import', PEAK, ...run], { encoding: 'utf8' });
  const mib = Number(stderr.trim().split('\n').at(-1)) / 1024;
  return { figure: median(sides.run), ratio: median(sides.run) / median(sides.node), mib };
}

function wallTime(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`);
  return performance.now() - began;
}

export function printColdStart({ figure, ratio, mib }: ColdStart): void {
  const times = marked('coldStart', ratio, { most: MOST_RATIO }, 1);
  const tooMuch = isMissed(mib, { most: MOST_MIB });
  if (tooMuch) missed.push('coldStart memory');
  console.log(`\ncoldStart    ${figure.toFixed(0)} ms, of node -e 0: ${times}`);
  console.log(`             ${mib.toFixed(0)} MiB (<= ${MOST_MIB})${tooMuch ? ' !' : ''}`);
}
