import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  type CampaignReport,
  Executor,
  explore,
  type Progress,
  singleWorker,
  threadPool,
  type WorkerPool,
} from '../check/index.ts';
import { VmtbenchError } from '../errors.ts';
import { type CheckFlags, openSubject } from './check-subject.ts';
import type { EarlyEnd, StopReason } from './early-end.ts';
import { ProgressLine, paceOf } from './progress.ts';
import { parseWhole } from './scenario-flags.ts';

/** The flags that say how a check performs its test cases. */
export interface CampaignFlags extends Omit<CheckFlags, 'budget'> {
  readonly depth: '1' | '2';
  /** Executions. For other commands the budget is that of a call. */
  readonly budget: string;
  readonly workers?: string;
  /** Real time. */
  readonly time?: string;
}

/** What `--json` prints. */
export interface CheckReport extends CampaignReport {
  /** Real seconds. */
  readonly seconds: number;
  /** Why the check ended early. Absent: it did not. */
  readonly stopped?: StopReason;
}

/** Checks one object, until `end` ends the check early. @throws VmtbenchError for an unusable object or flag. */
export async function checkObject(path: string, flags: CampaignFlags, end: EarlyEnd): Promise<CheckReport> {
  const started = performance.now();
  const { budget, ...benchFlags } = flags;
  const { signal } = end;
  const options = { depth: flags.depth === '2' ? 2 : 1, budget: parseWhole('--budget', budget, 1), signal } as const;
  const executor = new Executor(openSubject(path, benchFlags));
  const pool = poolFor(path, benchFlags, flags.workers, executor);
  const progress = new ProgressLine();
  try {
    const report = await explore(executor, pool, options, (now) =>
      progress.show((elapsed) => progressText(now, elapsed)),
    );
    const seconds = Math.round(performance.now() - started) / 1000;
    return { ...report, seconds, ...(end.reason === null ? {} : { stopped: end.reason }) };
  } finally {
    progress.clear();
    await pool.close();
  }
}

const progressText = ({ done, total, findings }: Progress, elapsed: number): string =>
  `${done} of ${total} runs, ${findings} findings, ${paceOf(done, total, elapsed)}`;

function poolFor(path: string, flags: CheckFlags, workers: string | undefined, executor: Executor): WorkerPool {
  const size = workers === undefined ? availableParallelism() : parseWorkers(workers);
  const script = new URL('./check-worker.js', import.meta.url);
  // Worker threads need the compiled script. Run from the sources, this thread works alone.
  if (size === 1 || !existsSync(script)) return singleWorker(executor);
  return threadPool(executor, size - 1, script, { path, flags });
}

/** Each worker has a guest of its own: more workers than cores only cost memory. */
const MOST_WORKERS = 64;

/** @throws VmtbenchError `flag` */
function parseWorkers(text: string): number {
  const workers = parseWhole('--workers', text, 1);
  if (workers <= MOST_WORKERS) return workers;
  throw new VmtbenchError(
    'flag',
    `--workers ${text} is too many`,
    `Give it ${MOST_WORKERS} at most; one a core is best.`,
  );
}
