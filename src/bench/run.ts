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
import type { Ending } from './ending.ts';
import { type FindingSource, toFinding } from './finding-source.ts';
import { repeatRun } from './repeat.ts';
import type { SitesReport } from './site-coverage.ts';

/** How a run is to be done. */
export interface RunOptions {
  /** Virtual nanoseconds. */
  readonly until: number;
  /** The same as somebody wrote it: it goes into the plan. */
  readonly for?: string;
  /** The command that repeats the run, if it was one of the command line. */
  readonly repeat?: string;
  /** Rules beyond those of every run. */
  readonly invariants?: readonly InvariantChoice[];
  /** What the run should show; rules that are named here are judged, too. */
  readonly expect?: readonly Expectation[];
  /** Port accesses of the whole run, after which a guest counts as one that hangs. */
  readonly accessBudget?: number;
}

/** What a run came to: data first, text at the edge. `--json` prints it. */
export interface RunReport {
  readonly outcome: 'completed' | 'halted' | 'finding';
  readonly virtualSeconds: number;
  readonly console: readonly string[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly host: HostReport;
  readonly ports: { readonly accesses: number };
  readonly stubsCalled: readonly string[];
  /** Which backdoor instructions of the object were executed. */
  readonly sites: SitesReport;
  /** Why `--strict` refuses the run: near misses, no attach, and plans that did not come about. Not part of the JSON. */
  readonly strict: readonly string[];
}

/** Boots the guest, lets it live until the time is up, and judges what was seen. */
export function run(bench: Bench, options: RunOptions): RunReport {
  const { guest, host, notes, ports } = bench;
  const judges = new Judges(bench, options.invariants, options.expect);
  bench.watchers.push(judges);
  const { ending, spent } = live(bench, options);
  guest.endLine();
  const attached = ending?.kind !== 'notAttached';
  const { verdicts, undecided, idle } = judges.judge(ending, { at: bench.now, blocks: guest.heap.live });
  const source = sourceOf(bench, judges, options);
  const all = spent ? [spentBudget(options), ...verdicts] : verdicts;
  const findings = all.map((verdict) => toFinding(verdict, source));
  for (const finding of findings) bench.trace?.writer.finding(bench.now, finding);
  const told = findings.some(({ invariant }) => invariant === 'attaches');
  const unplanned = [
    ...(attached || told ? [] : ['the driver did not attach: its match function found no device']),
    ...untriggered(bench),
  ];
  return {
    outcome: findings.length > 0 ? 'finding' : ending !== null && attached ? 'halted' : 'completed',
    virtualSeconds: bench.now / 1e9,
    console: guest.console.map(({ text }) => text),
    findings,
    notes: [...notes.texts, ...unplanned, ...idle, ...undecided],
    host: host.report,
    ports,
    stubsCalled: guest.stubsCalled,
    sites: bench.sites,
    strict: [...(notes.nearMisses > 0 ? [`${notes.nearMisses} near misses`] : []), ...unplanned],
  };
}

/** Until the time is up, or the guest's own end, or `spent`: the port accesses are. */
function live(bench: Bench, { until, accessBudget }: RunOptions): { readonly ending: Ending; readonly spent: boolean } {
  let idleState = boot(bench);
  while (!idleState.over) {
    if (accessBudget !== undefined && bench.ports.accesses > accessBudget) return { ending: null, spent: true };
    idleState = advance(bench, until);
  }
  return { ending: idleState.ending, spent: false };
}

function spentBudget({ accessBudget }: RunOptions): Verdict {
  return {
    kind: 'hang',
    invariant: 'hang',
    title: `the guest used up its budget of ${accessBudget} port accesses`,
    explanation: 'It asks the host more often than it was allowed to in the whole run.',
    address: null,
    stack: [],
  };
}

/** What was planned and did not come about. */
export function untriggered({ plan, preemptions, schedule }: Bench): string[] {
  return [
    ...plan.untriggered.map(({ source, where }) => `${placed(where)}the fault "${source}" never struck`),
    ...preemptions.untriggered.map(
      ({ source, where }) => `${placed(where)}the preemption "${source}" never let anything in`,
    ),
    ...schedule.untriggered.map(({ source, where }) => `${placed(where)}the event "${source}" never came`),
  ];
}

const placed = (where: string | undefined): string => (where === undefined ? '' : `${where}: `);

/** What makes a run what it is. */
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
