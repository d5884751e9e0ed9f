import { Bench, type BenchOptions, isPossible, refuseIdle } from '../bench/index.ts';
import type { InvariantName, Plan } from '../judge/index.ts';
import { formatSeconds, type PlannedEvent, parseEvent, parseTime } from '../plan/index.ts';
import { NO_SCENARIO, type Scenario } from '../scenario/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';
import { UNLOAD, unloadAt, userRuns, usualCalls } from './users.ts';
import { hostVariants } from './variants.ts';

/** What a finding reports besides what the execution showed. */
export interface ReportContext {
  /** The options of the host. */
  readonly host: Partial<HostOptions>;
  /** The duration of each execution in the grammar of `--for`. */
  readonly for: string;
  /** Returns the command that repeats one execution. @param rules names of rules that a run judges only on request. */
  readonly repeat: (plan: Plan, rules: readonly InvariantName[]) => string;
}

/** What a check executes. */
export interface Subject extends Omit<ReportContext, 'host'> {
  /** The guest and the plan of every run. */
  readonly bench: BenchOptions;
  /** The hosts, the requested one first. */
  readonly variants: readonly Partial<HostOptions>[];
  /** Virtual nanoseconds: the check injects before this time. */
  readonly before: number;
  /** Virtual nanoseconds: each execution ends at this time. */
  readonly until: number;
  /** False executes each test case whole. */
  readonly sharing: boolean;
  /** What users of the driver do, by run, besides the plan: it reaches code that the host alone does not. */
  readonly users?: readonly (readonly PlannedEvent[])[];
}

/** What {@link subjectOf} makes a subject from. */
export interface SubjectRequest {
  readonly bench: BenchOptions;
  /** Its `for` is the time in which the check injects; its events extend the executions. */
  readonly scenario: Scenario;
  /** Also inject preemptions. */
  readonly interleavings: boolean;
  readonly sharing: boolean;
  readonly repeat: Subject['repeat'];
  /** Looks at the bench before the check, and throws to refuse it. */
  readonly inspect?: (bench: Bench) => void;
}

/** The plan of a run for which the user plans nothing: what all tools must cope with. */
const USUAL_EVENTS: readonly string[] = ['at=10s suspend quiet', 'at=25s backup'];
const USUAL_DURATION = '60s';

/** The scenario of a check without a scenario. @param hasEvents the user plans events of their own. */
export const usualScenario = (hasEvents: boolean): Scenario =>
  hasEvents ? NO_SCENARIO : { ...NO_SCENARIO, events: USUAL_EVENTS.map(parseEvent) };

const isUsual = ({ events }: Scenario): boolean =>
  events.length === USUAL_EVENTS.length && events.every(({ source }, index) => source === USUAL_EVENTS[index]);

/**
 * Virtual nanoseconds that an execution lasts after the last injection and the last event: enough to recover from a
 * fault that lasts, and then for `noLeak`, which needs 90 s.
 */
const AFTERWARDS = 120e9;

/** @throws VmtbenchError `run.kernel` for an object that no kernel boots, and for an object or option that is unusable. */
export function subjectOf(request: SubjectRequest): Subject {
  const { scenario, interleavings, sharing, repeat } = request;
  // An empty list makes the bench look for preemption points.
  const options = interleavings ? { preemptions: [], ...request.bench } : request.bench;
  const before = parseTime(scenario.for ?? USUAL_DURATION);
  const until = Math.max(before, ...scenario.events.map(({ when }) => (when.kind === 'at' ? when.ns : 0))) + AFTERWARDS;
  const bench = new Bench(options);
  let users: PlannedEvent[][] = [];
  let calls: PlannedEvent[] = [];
  let unloads = false;
  try {
    refuseIdle(bench.guest);
    request.inspect?.(bench);
    users = userRuns(bench.guest, until);
    unloads = isPossible(bench.guest, UNLOAD);
    if (isUsual(scenario)) calls = usualCalls(bench.guest);
  } finally {
    bench.close();
  }
  const more = [...calls, ...(unloads ? [unloadAt(until)] : [])];
  return {
    bench: more.length === 0 ? options : { ...options, events: [...(options.events ?? []), ...more] },
    variants: hostVariants(options.host ?? {}),
    before,
    until,
    for: `${Number(formatSeconds(until))}s`,
    sharing,
    users,
    repeat,
  };
}
