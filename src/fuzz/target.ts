import { advance, Bench, type BenchOptions, boot, type Ending, isPossible, refuseIdle } from '../bench/index.ts';
import type { Watcher } from '../judge/index.ts';
import { isGuestEvent, type PlannedEvent, parseEvent } from '../plan/index.ts';
import type { Feedback } from './feedback.ts';
import type { StartName } from './input/places.ts';
import type { FuzzPlan, PlannedMoment } from './input/plan.ts';
import { PlanInjector } from './plan-injector.ts';
import { findStarts, type Start } from './starts.ts';

/** How an execution went. */
export interface Execution {
  readonly start: Start;
  /** Null: it went on, or was cut off by its budget. */
  readonly ending: Ending;
  /** Port accesses since the start. */
  readonly accesses: number;
  /** Virtual nanoseconds since the start. */
  readonly virtual: number;
  /** What was injected. */
  readonly injected: number;
  /** Its budget of accesses was used up. */
  readonly cut: boolean;
  /** The guest broke the ABI. */
  readonly abiBroken: boolean;
}

/** Port accesses of one execution, and virtual nanoseconds after its last planned moment, at most. */
const MOST_ACCESSES = 4000;
const LONGEST = 30e9;
/** Idle moments in a row without an injection, at which the host waits for nothing: nothing new is due. */
const QUIET = 1;

/** A guest that is executed many times, each time from one of its starts with one plan. */
export class FuzzTarget {
  readonly bench: Bench;
  readonly starts: ReadonlyMap<StartName, Start>;
  readonly #injector: PlanInjector;
  readonly #feedback: Feedback;
  readonly #abi: { broken: boolean } & Watcher = {
    broken: false,
    abiBreak(): void {
      this.broken = true;
    },
  };

  /** @throws VmtbenchError for an object that cannot be used, does not attach, or makes no access. */
  constructor(options: BenchOptions, feedback: Feedback) {
    this.bench = new Bench({ preemptions: [], ...options });
    try {
      refuseIdle(this.bench.guest);
      this.starts = findStarts(this.bench);
    } catch (error) {
      this.bench.close();
      throw error;
    }
    this.#feedback = feedback;
    this.#injector = new PlanInjector(this.bench, feedback.pairs);
    this.bench.injector = this.#injector;
    this.bench.watchers.push(this.#abi);
  }

  /** What was injected since the start of the execution. */
  get injected(): number {
    return this.#injector.injected;
  }

  /** One execution, with its counters in the feedback. */
  execute(plan: FuzzPlan): Execution {
    this.#feedback.edges.clear();
    this.bench.guest.machine.coverEdges(this.#feedback.edges);
    try {
      return this.#run(plan, true);
    } finally {
      this.bench.guest.machine.coverEdges(null);
    }
  }

  /** The same without counters. */
  run(plan: FuzzPlan): Execution {
    return this.#run(plan, false);
  }

  #run(plan: FuzzPlan, counts: boolean): Execution {
    const { bench } = this;
    const start = this.startOf(plan);
    const injector = this.#injector;
    bench.restore(start.state);
    bench.accessBudget = start.accesses + MOST_ACCESSES;
    injector.begin(plan, counts);
    this.#abi.broken = false;
    const moments = this.momentsOf(plan, start);
    bench.schedule.extend(moments);
    const last = moments.reduce(
      (latest, { when }) => (when.kind === 'at' ? Math.max(latest, when.ns) : latest),
      start.at,
    );
    const ending = this.#runOn(start, last);
    injector.end();
    return {
      start,
      ending,
      accesses: bench.ports.accesses - start.accesses,
      virtual: bench.now - start.at,
      injected: injector.injected,
      cut: bench.spent,
      abiBroken: this.#abi.broken,
    };
  }

  /** Where a plan starts; a state that the guest never reached on a healthy host is behind its attach. */
  startOf(plan: FuzzPlan): Start {
    return this.starts.get(plan.start) ?? (this.starts.get('attach') as Start);
  }

  /** The events of a plan as a schedule has them; those that this guest can have. */
  momentsOf({ moments }: FuzzPlan, { at }: Start): PlannedEvent[] {
    if (moments.length === 0) return NONE;
    return moments.map((moment) => eventOf(moment, at)).filter(({ event }) => this.#isPossible(event));
  }

  close(): void {
    this.bench.close();
  }

  /** Until the guest is idle with nothing new due, or the budget is used up. */
  #runOn(start: Start, last: number): Ending {
    const { bench } = this;
    const injector = this.#injector;
    let reached = start.name === 'power' ? boot(bench) : { over: false, ending: null as Ending };
    let injected = -1;
    for (let quiet = 0; !reached.over && quiet < QUIET && !bench.spent; quiet++) {
      reached = advance(bench, last + LONGEST);
      if (injector.injected !== injected || bench.now <= last || isBusy(bench)) quiet = -1;
      injected = injector.injected;
    }
    return bench.spent ? null : reached.ending;
  }

  #isPossible(event: PlannedEvent['event']): boolean {
    return !isGuestEvent(event) || isPossible(this.bench.guest, event);
  }
}

const NONE: PlannedEvent[] = [];

/** Whether the host waits for the guest. */
const isBusy = ({ host }: Bench): boolean => host.phase !== 'greeted' && host.phase !== 'closed';

const eventOf = ({ after, name, text }: PlannedMoment, at: number): PlannedEvent =>
  parseEvent(`at=${at + after}ns ${name}${text === '' ? '' : ` ${text}`}`);
