import type { BenchOptions, MachineDescription, RunOptions } from '../../bench/index.ts';
import type { KernelName } from '../../guest/index.ts';
import type { Budget, Expectation } from '../../judge/index.ts';
import { type PlannedEvent, type PlannedFault, type PlannedPreemption, parseTime } from '../../plan/index.ts';
import type { HostOptions } from '../../tclo-host/index.ts';

/** A scenario as it is written down, in YAML or TypeScript. Every key may be left out. */
export interface ScenarioInput {
  readonly title?: string;
  readonly kernel?: KernelName;
  readonly host?: Partial<HostOptions>;
  readonly machine?: MachineDescription;
  /** `60s` */
  readonly for?: string;
  readonly seed?: number;
  /** `at=5s tclo.break` */
  readonly events?: readonly string[] | undefined;
  /** `rpci.receive nth=2 checkpoint` */
  readonly faults?: readonly string[] | undefined;
  /** `nth=17` */
  readonly preemptions?: readonly string[] | undefined;
  /** `recovers` */
  readonly expect?: readonly string[] | undefined;
  readonly budget?: Budget;
}

/** A scenario that was read: every word of it is good. */
export interface Scenario extends Omit<ScenarioInput, 'events' | 'faults' | 'preemptions' | 'expect'> {
  readonly events: readonly PlannedEvent[];
  readonly faults: readonly PlannedFault[];
  readonly preemptions: readonly PlannedPreemption[];
  readonly expect: readonly Expectation[];
}

/** Nothing but what is usual. */
export const NO_SCENARIO: Scenario = { events: [], faults: [], preemptions: [], expect: [] };

/** How long a run lasts where nobody says so. */
export const USUAL_DURATION = '60s';

/** One scenario upon another: lists are added, single values and the network are those of `over` where it has them. */
export function mergeScenarios(base: Scenario, over: Scenario): Scenario {
  return {
    ...base,
    ...over,
    host: { ...base.host, ...over.host },
    machine: { ...base.machine, ...over.machine },
    budget: { ...base.budget, ...over.budget },
    events: [...base.events, ...over.events],
    faults: [...base.faults, ...over.faults],
    preemptions: [...base.preemptions, ...over.preemptions],
    expect: [...base.expect, ...over.expect],
  };
}

/** What a bench is built from, all but the object. */
export function benchOptionsOf(scenario: Scenario): Omit<BenchOptions, 'object'> {
  const { kernel, host = {}, machine = {}, seed, events, faults, preemptions, budget = {} } = scenario;
  return {
    guest: {
      ...(kernel === undefined ? {} : { kernel }),
      ...(budget.call === undefined ? {} : { callBudget: budget.call }),
    },
    host,
    machine,
    events,
    faults,
    ...(preemptions.length === 0 ? {} : { preemptions }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** How the scenario is to be run. */
export function runOptionsOf({ for: duration = USUAL_DURATION, expect, budget = {} }: Scenario): RunOptions {
  const { accesses } = budget;
  return {
    until: parseTime(duration),
    for: duration,
    expect,
    ...(accesses === undefined ? {} : { accessBudget: accesses }),
  };
}
