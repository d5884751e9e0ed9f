import { VmtbenchError } from '../../errors.ts';
import { parseEvent, parseFault, parsePreemption } from '../../plan/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { causesOfRun, type GuestBenchOptions, type RunCause } from './causes.ts';
import { ddmin } from './ddmin.ts';
import { milder, type PlanLine } from './milder.ts';

/** What is left of a plan. */
export interface ShrunkRun {
  readonly scenario: Scenario;
  readonly cause: RunCause;
  /** Lines of the plan, before and after. */
  readonly before: number;
  readonly after: number;
  /** Runs that it took. */
  readonly runs: number;
}

export interface ShrinkOptions {
  /** A part of the name of the cause, or of its title. Absent: the first cause of these rules, or else the first. */
  readonly only?: string | undefined;
  /** The rules that the run was judged by; others may be violated, too. */
  readonly rules?: readonly string[];
}

/**
 * The fewest and mildest events, faults and preemptions that still show the same cause, by the grouping of a check.
 * @throws VmtbenchError `shrink.cause` for a run that shows no cause, or not that one.
 */
export function shrink(
  guest: GuestBenchOptions,
  scenario: Scenario,
  { only, rules = [] }: ShrinkOptions = {},
): ShrunkRun {
  const executor = new ShrinkExecutor(guest, scenario);
  const cause = chosenCause(causesOfRun(guest, scenario), only, rules);
  const shows = (lines: readonly PlanLine[]): boolean => executor.shows(lines, cause.cause);
  const fewest = ddmin(linesOf(scenario), shows);
  const mildest = soften(fewest, shows);
  return {
    scenario: withLines(scenario, mildest),
    cause,
    before: linesOf(scenario).length,
    after: mildest.length,
    runs: executor.runs + 1,
  };
}

function chosenCause(causes: readonly RunCause[], only: string | undefined, rules: readonly string[]): RunCause {
  const [first] = causes;
  if (first === undefined) {
    throw new VmtbenchError('shrink.cause', 'the run shows no finding', 'Shrink the trace of a run with findings.');
  }
  if (only === undefined)
    return causes.find(({ verdict }) => rules.includes(verdict.invariant ?? verdict.kind)) ?? first;
  const found = causes.find(({ cause, verdict }) => cause.includes(only) || verdict.title.includes(only));
  if (found !== undefined) return found;
  const hint = `It shows: ${causes.map(({ cause }) => cause).join('; ')}`;
  throw new VmtbenchError('shrink.cause', `the run shows no cause with "${only}"`, hint);
}

/** Performs runs of smaller plans, none of them twice. */
class ShrinkExecutor {
  runs = 0;
  readonly #guest: GuestBenchOptions;
  readonly #scenario: Scenario;
  readonly #known = new Map<string, boolean>();

  constructor(guest: GuestBenchOptions, scenario: Scenario) {
    this.#guest = guest;
    this.#scenario = scenario;
  }

  shows(lines: readonly PlanLine[], wanted: string): boolean {
    const key = lines.map(({ list, source }) => `${list} ${source}`).join('\n');
    let shown = this.#known.get(key);
    if (shown === undefined) {
      this.runs += 1;
      shown = causesOfRun(this.#guest, withLines(this.#scenario, lines)).some(({ cause }) => cause === wanted);
      this.#known.set(key, shown);
    }
    return shown;
  }
}

/** Replaces each line by the mildest that still shows the cause. */
function soften(lines: readonly PlanLine[], shows: (lines: readonly PlanLine[]) => boolean): readonly PlanLine[] {
  let left = lines;
  for (const index of lines.keys()) {
    const line = left[index] as PlanLine;
    const found = milder(line)
      .map((source) => left.with(index, { ...line, source }))
      .find((others) => isPlan(others) && shows(others));
    if (found !== undefined) left = found;
  }
  return left;
}

const linesOf = ({ events, faults, preemptions }: Scenario): PlanLine[] => [
  ...events.map(({ source }) => ({ list: 'events' as const, source })),
  ...faults.map(({ source }) => ({ list: 'faults' as const, source })),
  ...preemptions.map(({ source }) => ({ list: 'preemptions' as const, source })),
];

function withLines(scenario: Scenario, lines: readonly PlanLine[]): Scenario {
  const of = (list: PlanLine['list']): string[] => lines.flatMap((line) => (line.list === list ? [line.source] : []));
  return {
    ...scenario,
    events: of('events').map(parseEvent),
    faults: of('faults').map(parseFault),
    preemptions: of('preemptions').map(parsePreemption),
  };
}

/** Whether each line means something. */
function isPlan(lines: readonly PlanLine[]): boolean {
  const parsers = { events: parseEvent, faults: parseFault, preemptions: parsePreemption } as const;
  try {
    for (const { list, source } of lines) parsers[list](source);
    return true;
  } catch (error) {
    if (error instanceof VmtbenchError) return false;
    throw error;
  }
}
