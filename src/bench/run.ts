import { answerFate } from '../guest/index.ts';
import {
  type Expectation,
  type Finding,
  type InvariantChoice,
  Judges,
  type Plan,
  type Verdict,
} from '../judge/index.ts';
import type { HostReport } from '../tclo-host/index.ts';
import { advance, boot } from './advance.ts';
import type { Bench } from './bench.ts';
import { ContractCheck } from './contract.ts';
import type { Ending } from './ending.ts';
import { type FindingSource, toFinding } from './finding-source.ts';
import { repeatRun } from './repeat.ts';
import { codeOfSites, ExecutedSites, type SitesReport, sitesReport } from './site-coverage.ts';

/** Options of a run. */
export interface RunOptions {
  /** Virtual nanoseconds. */
  readonly until: number;
  /** The same as the user wrote it, for the plan. */
  readonly for?: string;
  /** The command that repeats the run, if the command line started it. */
  readonly repeat?: string;
  /** Rules beyond those of every run. */
  readonly invariants?: readonly InvariantChoice[];
  /** What the run should show; rules that are named here are judged, too. */
  readonly expect?: readonly Expectation[];
  /** Port accesses of the whole run, after which a guest counts as one that hangs. */
  readonly accessBudget?: number;
}

/** What the report of every run holds. */
interface RunRecord {
  readonly virtualSeconds: number;
  readonly console: readonly string[];
  readonly notes: readonly string[];
  readonly host: HostReport;
  readonly ports: { readonly accesses: number };
  readonly stubsCalled: readonly string[];
  /** Which backdoor instructions of the object were executed. */
  readonly sites: SitesReport;
  /** Why `--strict` refuses the run: near misses, no attach, faults and events that never triggered. Not part of the JSON. */
  readonly strict: readonly string[];
}

/** The time is up, or the driver found no device. No rule was violated. */
export interface CompletedRun extends RunRecord {
  readonly outcome: 'completed';
  readonly findings: readonly [];
}

/** The guest ended the run, as a shutdown does. No rule was violated. */
export interface HaltedRun extends RunRecord {
  readonly outcome: 'halted';
  readonly findings: readonly [];
}

/** A run with findings. */
export interface FailedRun extends RunRecord {
  readonly outcome: 'finding';
  readonly findings: readonly [Finding, ...Finding[]];
}

/** The result of a run: data first, text at the edge. `--json` prints it. */
export type RunReport = CompletedRun | HaltedRun | FailedRun;

/** Boots the guest, runs it until the time is up, and judges what was seen. */
export function run(bench: Bench, options: RunOptions): RunReport {
  const { guest, host, notes } = bench;
  const judges = new Judges(bench, options.invariants, options.expect);
  const sites = new ExecutedSites();
  bench.watchers.push(judges, sites);
  bench.accessBudget = options.accessBudget ?? Number.POSITIVE_INFINITY;
  const ending = runToEnd(bench, options);
  guest.endLine();
  const attached = ending?.kind !== 'notAttached';
  const end = {
    at: bench.now,
    blocks: guest.heap.live,
    contract: contractOf(bench, options.until),
    code: () => codeOfSites(guest, sites.all),
    fateOf: (pc: bigint, register: string) => answerFate(guest, pc, register),
  };
  const { verdicts, undecided, asExpected } = judges.judge(ending, end);
  const source = sourceOf(bench, judges, options);
  const all = bench.spent ? [spentBudget(bench), ...verdicts] : verdicts;
  const findings = all.map((verdict) => toFinding(verdict, source));
  for (const finding of findings) bench.trace?.writer.finding(bench.now, finding);
  const told = findings.some(({ invariant }) => invariant === 'attaches');
  const unplanned = [
    ...(attached || told ? [] : ['the driver did not attach: its match function found no device']),
    ...untriggered(bench),
  ];
  const record: RunRecord = {
    virtualSeconds: bench.now / 1e9,
    console: guest.consoleTexts,
    notes: [...notes.texts, ...unplanned, ...asExpected, ...undecided],
    host: host.report,
    ports: { accesses: bench.ports.accesses },
    stubsCalled: guest.stubsCalled,
    sites: sitesReport(guest, sites.all),
    strict: [...(notes.nearMisses > 0 ? [`${notes.nearMisses} near misses`] : []), ...unplanned],
  };
  return reportOf(record, findings, ending !== null && attached);
}

function reportOf(record: RunRecord, [first, ...others]: readonly Finding[], halted: boolean): RunReport {
  const { virtualSeconds, console, ...rest } = record;
  const head = { virtualSeconds, console };
  if (first !== undefined) return { outcome: 'finding', ...head, findings: [first, ...others], ...rest };
  return { outcome: halted ? 'halted' : 'completed', ...head, findings: [], ...rest };
}

/** Whether the guest depends on values that the host drew; nothing where it drew none. */
function contractOf(bench: Bench, until: number): Verdict | null {
  const seed = bench.host.options.unspecified;
  if (seed === 0) return null;
  return new ContractCheck((unspecified) => bench.twin({ unspecified }), until).verdict(seed);
}

/** Runs until the time is up, the guest ends, or it has used up its port accesses. */
function runToEnd(bench: Bench, { until }: RunOptions): Ending {
  let reached = boot(bench);
  while (!reached.over && !bench.spent) reached = advance(bench, until);
  return bench.spent ? null : reached.ending;
}

/** The verdict on a guest that made more port accesses than it was allowed to. */
export function spentBudget({ accessBudget }: Bench): Verdict {
  return {
    kind: 'hang',
    invariant: 'hang',
    title: `the guest used up its budget of ${accessBudget} port accesses`,
    explanation: 'The guest makes more port accesses than --budget allows a whole run.',
    address: null,
    stack: [],
  };
}

/** The faults, preemptions and events of the plan that never triggered. */
export function untriggered({ plan, preemptions, schedule }: Bench): string[] {
  return [
    ...plan.untriggered.map(({ source, where }) => `${placed(where)}the fault "${source}" never triggered`),
    ...preemptions.untriggered.map(({ source, where }) => `${placed(where)}the preemption "${source}" never triggered`),
    ...schedule.untriggered.map(({ source, where }) => `${placed(where)}the event "${source}" never triggered`),
  ];
}

const placed = (where: string | undefined): string => (where === undefined ? '' : `${where}: `);

/** Everything that repeats a run. */
export function planOf(bench: Bench, { until, for: duration, expect = [], accessBudget }: RunOptions): Plan {
  const plan = bench.planFor(duration ?? `${until / 1e9}s`);
  return {
    ...plan,
    ...(expect.length === 0 ? {} : { expect: expect.map(({ source }) => source) }),
    ...(accessBudget === undefined ? {} : { budget: { ...plan.budget, accesses: accessBudget } }),
  };
}

/** What a finding takes from its run. */
function sourceOf(bench: Bench, { history }: Judges, options: RunOptions): FindingSource {
  const plan = planOf(bench, options);
  const asked = (options.invariants ?? []).filter((choice) => typeof choice === 'string');
  return { bench, history, plan, repeat: options.repeat ?? repeatRun(bench.guest.object.name, plan, asked) };
}
