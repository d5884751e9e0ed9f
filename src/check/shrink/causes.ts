import { advance, Bench, type BenchOptions, boot, codeOfSites, ExecutedSites, spentBudget } from '../../bench/index.ts';
import { answerFate } from '../../guest/index.ts';
import { type AccessFact, INVARIANTS, type InvariantName, Judges, Recorder, type Verdict } from '../../judge/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { benchOptionsOf, runOptionsOf } from '../../scenario/index.ts';
import { violationsOf } from '../violations.ts';

/** One cause that a run shows, by the grouping of a check. */
export interface RunCause {
  readonly cause: string;
  readonly verdict: Verdict;
  /** `vm_rpc_send+0x7f (vmt_rpc.c:126)`. */
  readonly place: string | null;
}

/** Options of a bench besides those of a scenario. */
export type GuestBenchOptions = Pick<BenchOptions, 'object' | 'guest'>;

const RULES = Object.keys(INVARIANTS) as InvariantName[];

/** Runs a scenario once, judges it by every rule, and names the causes of what was violated. */
export function causesOfRun({ object, guest }: GuestBenchOptions, scenario: Scenario): RunCause[] {
  const own = benchOptionsOf(scenario);
  const bench = new Bench({ object, ...own, guest: { ...guest, ...own.guest } });
  try {
    return judged(bench, scenario);
  } finally {
    bench.close();
  }
}

function judged(bench: Bench, scenario: Scenario): RunCause[] {
  const { until, expect = [], accessBudget = Number.POSITIVE_INFINITY } = runOptionsOf(scenario);
  const recorder = new Recorder();
  const judges = new Judges(bench, RULES, expect);
  const sites = new ExecutedSites();
  bench.watchers.push(judges, sites, recorder);
  bench.accessBudget = accessBudget;
  let reached = boot(bench);
  while (!reached.over && !bench.spent) reached = advance(bench, until);
  bench.guest.endLine();
  const { verdicts } = judges.judge(bench.spent ? null : reached.ending, {
    at: bench.now,
    blocks: bench.guest.heap.live,
    code: () => codeOfSites(bench.guest, sites.all),
    fateOf: (pc: bigint, register: string) => answerFate(bench.guest, pc, register),
  });
  const accesses = recorder.facts.flatMap((fact) => (fact[0] === 'access' ? [fact[1]] : []));
  const all = bench.spent ? [spentBudget(bench), ...verdicts] : verdicts;
  const violations = violationsOf(bench, { facts: recorder.facts, end: bench.now, verdicts: all });
  return violations.map(({ cause, verdict }) => ({ cause, verdict, place: placeOf(bench, verdict, accesses) }));
}

/** Where a verdict says; else at its last access, or the last of the run. */
function placeOf(bench: Bench, { address, site, accesses }: Verdict, all: readonly AccessFact[]): string | null {
  const pc = site ?? address ?? (accesses ?? all).at(-1)?.pc ?? null;
  return pc === null ? null : bench.where(pc);
}
