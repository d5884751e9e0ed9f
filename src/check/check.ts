import { type BenchOptions, repeatRun } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { benchOptionsOf, defineScenario, mergeScenarios, type OpenBenchOptions, objectOf } from '../scenario/index.ts';
import { type CampaignOptions, type CampaignReport, explore, type Progress } from './campaign.ts';
import { Executor } from './executor.ts';
import { type Subject, subjectOf, usualScenario } from './subject.ts';
import { singleWorker } from './worker-pool.ts';

/** What {@link check} checks: the keys of `openBench` that a check has, and the extent of the campaign. */
export interface CheckOptions
  extends Omit<OpenBenchOptions, 'title' | 'expect' | 'invariants' | 'trace'>,
    Partial<Omit<CampaignOptions, 'budget'>> {
  /** Executions at most. Default: 30000. */
  readonly maxRuns?: number;
  /** True also injects soft interrupts. */
  readonly interleavings?: boolean;
  /** False executes each test case whole. The findings are the same; the check takes much longer. */
  readonly sharing?: boolean;
  /** Called after each batch of test cases. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Executions of a check that sets no budget. */
export const USUAL_BUDGET = 30_000;

/**
 * Executes a guest once for each fault at each port access, under several hosts, and judges each execution by every
 * rule. Works in this thread.
 * @throws VmtbenchError for an object or option that is unusable, `check.extent` for a depth other than 1 and 2 or a
 * number of runs below 1, `run.kernel` for an object that no kernel boots, and
 * `check.attach` for a driver that finds no device.
 */
export async function check(options: CheckOptions): Promise<CampaignReport> {
  const { depth = 1, maxRuns = USUAL_BUDGET, signal, onProgress } = options;
  refuseExtent(depth, maxRuns);
  const executor = new Executor(subjectOfOptions(options));
  const pool = singleWorker(executor);
  try {
    const extent = { depth, budget: maxRuns, ...(signal === undefined ? {} : { signal }) };
    return await explore(executor, pool, extent, onProgress);
  } finally {
    await pool.close();
  }
}

function refuseExtent(depth: number, maxRuns: number): void {
  if ((depth === 1 || depth === 2) && Number.isSafeInteger(maxRuns) && maxRuns >= 1) return;
  const hint = 'depth is 1 or 2, maxRuns a whole number from 1 on.';
  throw new VmtbenchError('check.extent', `a check of depth ${depth} with ${maxRuns} runs is not possible`, hint);
}

function subjectOfOptions(options: CheckOptions): Subject {
  const {
    object,
    scenario: base,
    guest,
    depth,
    maxRuns,
    interleavings,
    sharing,
    signal,
    onProgress,
    ...input
  } = options;
  const scenario = mergeScenarios(base ?? usualScenario(input.events !== undefined), defineScenario(input));
  const file = objectOf(object);
  const own = benchOptionsOf(scenario);
  const bench: BenchOptions = { object: file, ...own, guest: { ...guest, ...own.guest } };
  const path = typeof object === 'string' ? object : file.name;
  return subjectOf({
    bench,
    scenario,
    interleavings: interleavings ?? false,
    sharing: sharing ?? true,
    repeat: (plan, rules) => repeatRun(path, plan, rules),
  });
}
