/** How many runs `vmtbench check` makes in a second: every single fault over 60 virtual seconds of the driver. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { marked, measuring } from './table.ts';

/** Runs a second to reach with two workers; a run that shares most of its segments counts whole. */
const LEAST = 4500;
/** How much faster two workers are than one, on two cores. */
const LEAST_GAIN = 1.7;

/** Events of the scenario. They stay, so that figures of two versions can be compared, whatever a check does by itself. */
const EVENTS = ['at=10s suspend quiet', 'at=25s backup'];

interface Rate {
  readonly workers: number;
  readonly runs: number;
  readonly seconds: number;
  /** Runs a second. */
  readonly figure: number;
}

/** The rate of one worker a core, that of one, and those of other numbers of workers. */
export interface CheckRate extends Rate {
  readonly alone: Rate;
  readonly others: readonly Rate[];
}

/** @param main the compiled command line. */
export function measureCheckRate(main: string, object: string, name: string): CheckRate {
  const cores = availableParallelism();
  const rates = [...new Set([1, 2, ...(cores >= 4 ? [4] : []), cores])].map((workers) => {
    measuring(`checkRate: the ${name} driver, ${workers} ${workers === 1 ? 'worker' : 'workers'}`);
    return measure(main, object, workers);
  });
  const [alone] = rates as [Rate];
  const most = rates.find(({ workers }) => workers === cores) ?? alone;
  return { ...most, alone, others: rates.filter((rate) => rate !== alone && rate !== most) };
}

function measure(main: string, object: string, workers: number): Rate {
  const events = EVENTS.flatMap((event) => ['--event', event]);
  const args = [main, 'check', object, ...events, '--json', '--workers', String(workers)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0 && status !== 1) {
    console.error(`${args.join(' ')} failed: ${stderr}`);
    process.exit(1);
  }
  const { runs, seconds } = JSON.parse(stdout) as { readonly runs: number; readonly seconds: number };
  return { workers, runs, seconds, figure: Math.round(runs / seconds) };
}

export function printCheckRate(name: string, { alone, others, ...most }: CheckRate): void {
  console.log(`\ncheckRate    ${name}, ${most.runs} single faults, runs a second`);
  for (const { workers, figure, seconds } of [alone, ...others, ...(most.workers > 1 ? [most] : [])]) {
    const rate = workers === 2 ? marked(`checkRate ${name}`, figure, { least: LEAST }, 0) : String(figure);
    const gain = figure / alone.figure;
    const mark = workers === 2 ? marked(`checkRate gain ${name}`, gain, { least: LEAST_GAIN }) : gain.toFixed(2);
    const times = workers === 1 ? '' : `, times one: ${mark}`;
    console.log(`  ${workers} ${workers === 1 ? 'worker ' : 'workers'}  ${rate.trim()} (${seconds} s)${times}`);
  }
}
