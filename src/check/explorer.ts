import { Bench, type BenchOptions, type BenchState, type Ending, type IdleState, identityOf } from '../bench/index.ts';
import { type AccessFact, type Fact, Recorder } from '../judge/index.ts';
import type { HostFault, HostOptions } from '../tclo-host/index.ts';
import { preemptionPointsOf } from './injections.ts';
import {
  type EndState,
  type OptionsRead,
  type RunSegment,
  Stepper,
  takeOptionsRead,
  type VisitedState,
} from './stepper.ts';
import type { Hosts } from './variants.ts';

/** What strikes at one port access, counted from 0. */
export interface Injection {
  readonly access: number;
  /** A fault, or what comes in between behind the access. */
  readonly what: HostFault | 'preempt';
}

/** An idle moment of a life without faults, to start from. */
interface Start {
  readonly state: BenchState;
  /** Port accesses before it. */
  readonly accesses: number;
  readonly segment: RunSegment;
}

/** The life without faults at one host. */
export interface BaselineRun {
  readonly host: number;
  readonly starts: readonly Start[];
  readonly execution: Execution;
  readonly accesses: readonly AccessFact[];
  /** The accesses behind which something may come in between, if the bench looks for them. */
  readonly preemptionPoints: ReadonlySet<number>;
}

/** A whole life, as it was seen. */
export interface Execution {
  /** In order; the pieces are shared between lives. */
  readonly pieces: readonly (readonly Fact[])[];
  readonly ending: Ending;
  readonly end: EndState;
  /** How many of the strikes came about. */
  readonly injected: number;
  /** At a host that differs only in other options the life is the same. */
  readonly optionsRead: OptionsRead;
}

/** Stretches that are kept at most: some hundred megabytes. */
const MOST_KEPT = 150_000;

/**
 * Lives one guest's life again and again, each time with other faults, at one host or another. What two lives have in
 * common is executed once: a life starts at the last idle moment before its first fault, and once all its faults have
 * struck it ends at the first idle moment that some life has been in before, and is continued by what was seen of that
 * one. A life at another host counts as far as it did not go by what the two hosts differ in.
 */
export class Explorer {
  readonly bench: Bench;
  readonly #hosts: Hosts;
  readonly #until: number;
  readonly #baselines: BaselineRun[] = [];
  /** By the identity of the moment. */
  readonly #visitedStates = new Map<string, VisitedState>();
  readonly #recorder = new Recorder();
  #kept = 0;

  /** @param until virtual nanoseconds that each life lasts. @param host the first of those that it is for. */
  constructor(options: BenchOptions, hosts: Hosts, until: number, host = 0) {
    this.bench = new Bench({ ...options, host: hosts.all[host] as HostOptions });
    this.#hosts = hosts;
    this.#until = until;
    this.bench.watchers.push(this.#recorder);
    this.bench.shouldPreempt = () => false;
    this.#baselines.push(this.#runBaseline(host, this.bench.snapshot()));
  }

  /** Whether it can be used for a host: not if its own was built by other options. */
  serves(host: number): boolean {
    return this.bench.host.watched.obstacle(this.#hosts.all[host] as HostOptions) === null;
  }

  baseline(host: number): BaselineRun {
    const [first] = this.#baselines as [BaselineRun];
    let baseline = this.#baselines.find(({ host: other, execution }) =>
      this.#hosts.alike(other, host, execution.optionsRead),
    );
    if (baseline === undefined) {
      baseline = this.#runBaseline(host, (first.starts[0] as Start).state);
      this.#baselines.push(baseline);
    }
    return baseline;
  }

  /** @param strikes in the order of their accesses; none: the life without faults. @param host its number */
  execute(injections: readonly Injection[], host: number): Execution {
    const [first] = injections;
    const { starts, execution } = this.baseline(host);
    if (first === undefined) return execution;
    const from = starts.findLastIndex(({ accesses }) => accesses <= first.access);
    const segments = starts.slice(0, from).map(({ segment }) => segment);
    let injected = 0;
    const injectionAt = (access: number, preempts: boolean): Injection['what'] | null => {
      const injection = injections[injected];
      if (injection?.access !== access || (injection.what === 'preempt') !== preempts) return null;
      injected++;
      return injection.what;
    };
    this.bench.injection = (_call, access) => injectionAt(access, false) as HostFault | null;
    this.bench.shouldPreempt = ({ access }) => injectionAt(access, true) !== null;
    this.#startAt(host, (starts[from] as Start).state);
    const walk = new Stepper(this.bench, this.#recorder, this.#until);
    segments.push(from === 0 ? walk.boot() : walk.goOn());
    while (injected < injections.length && segments.at(-1)?.over === false) segments.push(walk.goOn());
    this.#advance(walk, host, segments);
    return executionOf(segments, injected);
  }

  close(): void {
    this.bench.close();
  }

  #startAt(host: number, state: BenchState): void {
    this.bench.host.watched.exchange(this.#hosts.all[host] as HostOptions);
    this.bench.restore(state);
    takeOptionsRead(this.bench);
  }

  #runBaseline(host: number, power: BenchState): BaselineRun {
    this.bench.injection = null;
    this.bench.shouldPreempt = () => false;
    this.#startAt(host, power);
    const walk = new Stepper(this.bench, this.#recorder, this.#until);
    const starts: Start[] = [{ state: power, accesses: 0, segment: walk.boot() }];
    for (let { segment } = starts[0] as Start; !segment.over; ) {
      const visited = this.#visitedAt(walk.idleState);
      segment.next = visited;
      const state = this.bench.snapshot();
      const { accesses } = this.bench.ports;
      segment = walk.goOn();
      this.#remember(visited, host, segment);
      starts.push({ state, accesses, segment });
    }
    const execution = executionOf(
      starts.map(({ segment }) => segment),
      0,
    );
    return {
      host,
      starts,
      execution,
      accesses: accessesOf(execution.pieces),
      preemptionPoints: preemptionPointsOf(execution.pieces),
    };
  }

  /** Nothing strikes any more: on to the end, or to where another life has been before. */
  #advance(walk: Stepper, host: number, segments: RunSegment[]): void {
    const fresh: [VisitedState, RunSegment][] = [];
    for (let last = segments.at(-1) as RunSegment; !last.over; ) {
      const visited = this.#visitedAt(walk.idleState);
      last.next = visited;
      const rest = this.#follow(visited, host);
      if (rest !== null) {
        for (const segment of rest) segments.push(segment);
        break;
      }
      const segment = walk.next();
      segments.push(segment);
      fresh.push([visited, segment]);
      last = segment;
    }
    // A life is kept whole or not at all: whoever meets it can follow it to its end.
    if (this.#kept + fresh.length > MOST_KEPT) return;
    for (const [visited, segment] of fresh) this.#remember(visited, host, segment);
  }

  /** What is known to come after a moment, to the end; null: not all of it. */
  #follow(from: VisitedState, host: number): RunSegment[] | null {
    const rest: RunSegment[] = [];
    for (let visited: VisitedState | null = from; visited !== null; visited = (rest.at(-1) as RunSegment).next) {
      const known = visited.known.find(({ host: other, segment }) =>
        this.#hosts.alike(other, host, segment.optionsRead),
      );
      if (known === undefined) return null;
      rest.push(known.segment);
    }
    return rest;
  }

  #visitedAt(idleState: IdleState): VisitedState {
    const identity = identityOf(idleState);
    let visited = this.#visitedStates.get(identity);
    if (visited === undefined) {
      visited = { known: [] };
      if (this.#kept < MOST_KEPT) this.#visitedStates.set(identity, visited);
    }
    return visited;
  }

  #remember(visited: VisitedState, host: number, segment: RunSegment): void {
    visited.known.push({ host, segment });
    this.#kept++;
  }
}

function executionOf(segments: readonly RunSegment[], injected: number): Execution {
  const { ending, end } = segments.at(-1) as RunSegment;
  const optionsRead = new Set<keyof HostOptions>();
  for (const segment of segments) for (const option of segment.optionsRead) optionsRead.add(option);
  return { pieces: segments.map(({ facts }) => facts), ending, end, injected, optionsRead: [...optionsRead] };
}

/** The port accesses among facts, in order. */
export function accessesOf(pieces: readonly (readonly Fact[])[]): AccessFact[] {
  const accesses: AccessFact[] = [];
  for (const facts of pieces) for (const fact of facts) if (fact[0] === 'access') accesses.push(fact[1]);
  return accesses;
}
