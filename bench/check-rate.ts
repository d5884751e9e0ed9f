/** How many runs `vmtbench check` makes in a second: every single fault over 60 virtual seconds of the driver. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Runs a second to reach on two cores; a run that shares most of its segments counts whole. */
const LEAST = 3000;

interface Rate {
  readonly workers: number;
  readonly runs: number;
  readonly seconds: number;
  /** Runs a second. */
  readonly figure: number;
}

/** The rates of one thread and of one a core. */
export interface CheckRate extends Rate {
  readonly alone: Rate;
}

/** @param main the compiled command line. */
export function measureCheckRate(main: string, object: string): CheckRate {
  const alone = measure(main, object, 1);
  return { ...measure(main, object, availableParallelism()), alone };
}

function measure(main: string, object: string, workers: number): Rate {
  const args = [main, 'check', object, '--json', '--workers', String(workers)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0 && status !== 1) {
    console.error(`${args.join(' ')} failed: ${stderr}`);
    process.exit(1);
  }
  const { runs, seconds } = JSON.parse(stdout) as { readonly runs: number; readonly seconds: number };
  return { workers, runs, seconds, figure: Math.round(runs / seconds) };
}

export function printCheckRate({ alone, ...rate }: CheckRate): void {
  const text = ({ figure, seconds, workers }: Rate): string =>
    `${figure} runs/s with ${workers} ${workers === 1 ? 'thread' : 'threads'} (${seconds} s)`;
  console.log(
    `\ncheckRate   ${rate.runs} single faults: ${text(rate)}, at least ${LEAST} on two cores; ${text(alone)}`,
  );
}
