import type { HostReport } from '../tclo-host/index.ts';
import type { Bench } from './bench.ts';
import type { Finding } from './finding.ts';
import { type FindingSource, toFinding } from './finding-source.ts';
import type { MORE_INVARIANTS } from './invariants/index.ts';
import { Judges } from './judges.ts';
import { boot, type Ending, liveOn } from './life.ts';
import { repeatRun } from './repeat.ts';

/** How a run is to be done. */
export interface RunOptions {
  /** Virtual nanoseconds. */
  readonly until: number;
  /** The same as somebody wrote it: it goes into the plan. */
  readonly for?: string;
  /** The command that repeats the run, if it was one of the command line. */
  readonly repeat?: string;
  /** Rules beyond those of every run. */
  readonly invariants?: readonly (keyof typeof MORE_INVARIANTS)[];
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
  /** Why `--strict` refuses the run: near misses, no attach, and plans that did not come about. Not part of the JSON. */
  readonly strict: readonly string[];
}

/** Boots the guest, lets it live until the time is up, and judges what was seen. */
export function run(bench: Bench, options: RunOptions): RunReport {
  const { guest, host, notes, ports } = bench;
  const judges = new Judges(bench, options.invariants);
  bench.watchers.push(judges);
  const ending = live(bench, options.until);
  guest.endLine();
  const attached = ending?.kind !== 'notAttached';
  const { verdicts, undecided } = judges.judge(ending, { at: bench.now, blocks: guest.heap.live });
  const source = sourceOf(bench, judges, options);
  const findings = verdicts.map((verdict) => toFinding(verdict, source));
  for (const finding of findings) bench.trace?.writer.finding(bench.now, finding);
  const unplanned = [
    ...(attached ? [] : ['the driver did not attach: its match function found no device']),
    ...idle(bench),
  ];
  return {
    outcome: findings.length > 0 ? 'finding' : ending !== null && attached ? 'halted' : 'completed',
    virtualSeconds: bench.now / 1e9,
    console: guest.console.map(({ text }) => text),
    findings,
    notes: [...notes.texts, ...unplanned, ...undecided],
    host: host.report,
    ports,
    stubsCalled: guest.stubsCalled,
    strict: [...(notes.nearMisses > 0 ? [`${notes.nearMisses} near misses`] : []), ...unplanned],
  };
}

function live(bench: Bench, until: number): Ending {
  let moment = boot(bench);
  while (!moment.over) moment = liveOn(bench, until);
  return moment.ending;
}

/** What was planned and did not come about. */
export function idle({ plan, schedule }: Bench): string[] {
  return [
    ...plan.idle.map(({ source }) => `the fault "${source}" never struck`),
    ...schedule.idle.map(({ source }) => `the event "${source}" never came`),
  ];
}

/** What a finding takes from its run. */
function sourceOf(bench: Bench, { history }: Judges, options: RunOptions): FindingSource {
  const plan = bench.planFor(options.for ?? `${options.until / 1e9}s`);
  return { bench, history, plan, repeat: options.repeat ?? repeatRun(bench.guest.object.name, plan) };
}
