import type { GuestOutcome, KernelName } from '../guest/index.ts';
import type { HostReport } from '../tclo-host/index.ts';
import type { Bench } from './bench.ts';
import type { Finding } from './finding.ts';
import { type FindingSource, toFinding } from './finding-source.ts';
import { AccessHistory } from './history.ts';
import { type Invariant, MORE_INVARIANTS, RUN_INVARIANTS } from './invariants/index.ts';
import { verdictOf } from './judge.ts';
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
  const history = new AccessHistory((pc) => bench.where(pc));
  const context = {
    host: host.options,
    kernel: guest.kernel,
    lastAccesses: () => history.facts,
    blocks: () => guest.heap.live,
  };
  const more = (options.invariants ?? []).map((name) => MORE_INVARIANTS[name]);
  const invariants = [...RUN_INVARIANTS, ...more].map((create) => create(context));
  bench.watchers.push(history, ...invariants);
  const outcome = live(bench, options.until, invariants);
  guest.endLine();
  const attached = outcome?.kind !== 'notAttached';
  const ended = outcome === null ? null : verdictOf(outcome, (frame) => bench.frame(frame));
  const end = { at: bench.now, early: outcome !== null, halted: outcome?.kind === 'halted' };
  const judgements = invariants.map((invariant) => invariant.judge(end));
  const verdicts = [...(ended === null ? [] : [ended]), ...judgements.flatMap((judgement) => judgement.verdicts)];
  const source = sourceOf(bench, history, options);
  const findings = verdicts.map((verdict) => toFinding(verdict, source));
  for (const finding of findings) bench.trace?.writer.finding(bench.now, finding);
  const unplanned = [
    ...(attached ? [] : ['the driver did not attach: its match function found no device']),
    ...idle(bench),
  ];
  return {
    outcome: findings.length > 0 ? 'finding' : outcome !== null && attached ? 'halted' : 'completed',
    virtualSeconds: bench.now / 1e9,
    console: guest.console.map(({ text }) => text),
    findings,
    notes: [...notes.texts, ...unplanned, ...judgements.flatMap(({ undecided }) => undecided ?? [])],
    host: host.report,
    ports,
    stubsCalled: guest.stubsCalled,
    strict: [...(notes.nearMisses > 0 ? [`${notes.nearMisses} near misses`] : []), ...unplanned],
  };
}

/** Where an attach may fail without a word to its caller: the driver then has nothing to do, ever. */
const TICKING: ReadonlySet<KernelName> = new Set(['openbsd', 'netbsd', 'freebsd']);

/** Goes from deadline to deadline: events and host first, then the guest. Null: the time was up. */
function live(bench: Bench, until: number, invariants: readonly Invariant[]): GuestOutcome | null {
  const { guest, host, schedule } = bench;
  const settling = invariants.filter(({ settled }) => settled !== undefined);
  bench.fireEvents();
  let outcome = guest.boot();
  if (outcome === null || outcome.kind === 'notAttached') {
    const alive = outcome === null && (!TICKING.has(guest.kernel) || guest.nextDeadline() !== null);
    for (const invariant of invariants) invariant.booted?.(alive);
  }
  while (outcome === null) {
    const deadlines = [guest.nextDeadline(), host.nextDeadline(), schedule.nextDeadline()];
    const next = Math.min(...deadlines.map((deadline) => deadline ?? Number.POSITIVE_INFINITY));
    if (next > until) break;
    if (next > guest.machine.now) {
      for (const invariant of settling) invariant.settled?.(bench.now);
      guest.machine.now = next;
    }
    bench.fireEvents();
    outcome = guest.step();
  }
  if (outcome === null && guest.machine.now < until) guest.machine.now = until;
  return outcome;
}

/** What was planned and did not come about. */
export function idle({ plan, schedule }: Bench): string[] {
  return [
    ...plan.idle.map(({ source }) => `the fault "${source}" never struck`),
    ...schedule.idle.map(({ source }) => `the event "${source}" never came`),
  ];
}

/** What a finding takes from its run. */
function sourceOf(bench: Bench, history: AccessHistory, options: RunOptions): FindingSource {
  const plan = bench.planFor(options.for ?? `${options.until / 1e9}s`);
  return { bench, history, plan, repeat: options.repeat ?? repeatRun(bench.guest.object.name, plan) };
}
