import type { GuestOutcome } from '../guest/index.ts';
import type { HostReport } from '../tclo-host/index.ts';
import type { Bench } from './bench.ts';
import type { Finding, Plan, Verdict } from './finding.ts';
import { AccessHistory } from './history.ts';
import { RUN_INVARIANTS } from './invariants/index.ts';
import { verdictOf } from './judge.ts';

/** How a run is to be done. */
export interface RunOptions {
  /** Virtual nanoseconds. */
  readonly until: number;
  readonly plan: Plan;
  /** The command that repeats the run. */
  readonly repeat: string;
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
  /** Why `--strict` refuses the run: near misses and plans that did not come about. Not part of the JSON. */
  readonly strict: readonly string[];
}

/** Boots the guest, lets it live until the time is up, and judges what was seen. */
export function run(bench: Bench, options: RunOptions): RunReport {
  const history = new AccessHistory((pc) => bench.where(pc));
  const invariants = RUN_INVARIANTS.map((create) => create(bench.host.options, bench.guest.kernel));
  bench.watchers.push(history, ...invariants);
  const outcome = live(bench, options.until);
  const attached = outcome?.kind !== 'notAttached';
  const early = outcome !== null;
  const ended = outcome === null ? null : verdictOf(outcome, (frame) => bench.frame(frame));
  const end = { at: bench.now, early };
  const verdicts = [...(ended === null ? [] : [ended]), ...invariants.flatMap((invariant) => invariant.judge(end))];
  const findings = verdicts.map((verdict) => toFinding(bench, verdict, history, options));
  for (const finding of findings) bench.trace?.writer.finding(bench.now, finding);
  const idle = idleNotes(bench);
  return {
    outcome: findings.length > 0 ? 'finding' : early && attached ? 'halted' : 'completed',
    virtualSeconds: bench.now / 1e9,
    console: bench.guest.console.map(({ text }) => text),
    findings,
    notes: [
      ...(attached ? [] : ['the driver did not attach: its match function found no device']),
      ...bench.notes.texts,
      ...idle,
    ],
    host: bench.host.report,
    ports: { accesses: bench.accesses },
    stubsCalled: bench.guest.stubsCalled,
    strict: [...(bench.notes.nearMisses > 0 ? [`${bench.notes.nearMisses} near misses`] : []), ...idle],
  };
}

/** Goes from deadline to deadline: events and host first, then the guest. Null: the time was up. */
function live(bench: Bench, until: number): GuestOutcome | null {
  const { guest, host, schedule } = bench;
  bench.fireEvents();
  let outcome = guest.boot();
  while (outcome === null) {
    const deadlines = [guest.nextDeadline(), host.nextDeadline(), schedule.nextDeadline()];
    const next = Math.min(...deadlines.map((deadline) => deadline ?? Number.POSITIVE_INFINITY));
    if (next > until) break;
    if (next > guest.machine.now) guest.machine.now = next;
    bench.fireEvents();
    outcome = guest.step();
  }
  if (outcome === null && guest.machine.now < until) guest.machine.now = until;
  return outcome;
}

function idleNotes({ plan, schedule }: Bench): string[] {
  return [
    ...plan.idle.map(({ source }) => `the fault "${source}" never struck`),
    ...schedule.idle.map(({ source }) => `the event "${source}" never came`),
  ];
}

function toFinding(bench: Bench, verdict: Verdict, history: AccessHistory, { plan, repeat }: RunOptions): Finding {
  const address = verdict.address ?? history.last ?? 0n;
  const place = bench.guest.symbolAt(address);
  const line = bench.guest.lineAt(verdict.site ?? address);
  return {
    kind: verdict.kind,
    ...(verdict.invariant === undefined ? {} : { invariant: verdict.invariant }),
    title: verdict.title,
    explanation: verdict.explanation,
    address: `0x${address.toString(16)}`,
    ...(place === null ? {} : { function: place.name }),
    ...(line === null ? {} : { line: line.text }),
    stack: verdict.stack,
    lastAccesses: history.texts,
    plan,
    repeat,
  };
}
