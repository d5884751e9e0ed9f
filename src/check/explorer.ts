import { Bench, type BenchOptions, type BenchState, type ExecutedSites } from '../bench/index.ts';
import { type AccessFact, Recorder } from '../judge/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';
import { CauseNamer } from './cause/namer.ts';
import { accessesOf, type Execution, executionOf, type RunSegment, type VisitedState } from './execution.ts';
import { preemptionPointsOf } from './injections.ts';
import { TestCaseInjector } from './injector.ts';
import { Stepper, takeOptionsRead } from './stepper.ts';
import type { PlannedInjection } from './test-case.ts';
import type { Hosts } from './variants.ts';
import { VisitedStates } from './visited-states.ts';

/** An idle moment of a baseline run. A test case starts there. */
interface Start {
  readonly state: BenchState;
  /** Port accesses before it. */
  readonly accesses: number;
  readonly segment: RunSegment;
}

/** The execution without injections at one host. */
export interface BaselineRun {
  readonly host: number;
  /** In order. The first is power-on. */
  readonly starts: readonly Start[];
  readonly execution: Execution;
  readonly accesses: readonly AccessFact[];
  /** The numbers of the accesses after which a soft interrupt can preempt. Empty if the bench does not look for them. */
  readonly preemptionPoints: ReadonlySet<number>;
}

/** What {@link Explorer} executes, and how. */
export interface ExplorerOptions {
  readonly bench: BenchOptions;
  readonly hosts: Hosts;
  /** The end of each execution in virtual nanoseconds. */
  readonly until: number;
  /** The first host to serve, by its index. Default: 0. */
  readonly host?: number;
  /** False executes each test case whole, from power-on to its end. Default: true. */
  readonly sharing?: boolean;
  /** Collects the instructions that make accesses. */
  readonly sites?: ExecutedSites;
}

/**
 * Executes one guest many times with different injections, at one host or several. It executes the parts that two
 * executions have in common only once. An execution starts at the last idle moment of the baseline run before its
 * first injection. After its last injection it ends at the first visited state, and takes the segments that followed
 * that state. A segment is valid for each host that differs only in options that the host did not read meanwhile.
 */
export class Explorer {
  readonly bench: Bench;
  readonly #hosts: Hosts;
  readonly #until: number;
  readonly #sharing: boolean;
  readonly #baselines: BaselineRun[] = [];
  readonly #visited: VisitedStates;
  readonly #recorder = new Recorder();
  #causes: CauseNamer | null = null;

  constructor({ bench, hosts, until, host = 0, sharing = true, sites }: ExplorerOptions) {
    this.bench = new Bench({ ...bench, host: hosts.all[host] as HostOptions });
    this.#hosts = hosts;
    this.#until = until;
    this.#sharing = sharing;
    this.#visited = new VisitedStates(hosts);
    this.bench.watchers.push(this.#recorder);
    if (sites !== undefined) this.bench.watchers.push(sites);
    this.#baselines.push(this.#runBaseline(host, this.bench.snapshot()));
  }

  /** Whether it can execute at a host: without sharing at its own, else at all that its machine can stand for. */
  serves(host: number): boolean {
    if (!this.#sharing) return this.#baselines[0]?.host === host;
    return this.bench.host.watched.obstacle(this.#hosts.all[host] as HostOptions) === null;
  }

  /** Names the causes of what its executions violate. */
  get causes(): CauseNamer {
    this.#causes ??= new CauseNamer(this.bench, this.#baselines[0]?.accesses ?? []);
    return this.#causes;
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

  /** @param injections in the order of their accesses; none: the baseline run. @param host its index. */
  execute(injections: readonly PlannedInjection[], host: number): Execution {
    const [first] = injections;
    const baseline = this.baseline(host);
    if (first === undefined) return { ...baseline.execution, shared: baseline.host !== host };
    const { starts } = baseline;
    const from = this.#sharing ? starts.findLastIndex(({ accesses }) => accesses <= first.access) : 0;
    const segments = starts.slice(0, from).map(({ segment }) => segment);
    const injector = new TestCaseInjector(injections, () => this.bench.now);
    const stepper = this.#startAt(host, (starts[from] as Start).state, injector);
    segments.push(from === 0 ? stepper.boot() : stepper.advance());
    while (!(this.#sharing && injector.isDone) && segments.at(-1)?.over === false) segments.push(stepper.advance());
    const shared = this.#continue(stepper, host, segments);
    return executionOf(segments, injector.injected, shared, injector.repeated);
  }

  close(): void {
    this.bench.close();
  }

  #startAt(host: number, state: BenchState, injector: TestCaseInjector | null): Stepper {
    this.bench.host.watched.exchange(this.#hosts.all[host] as HostOptions);
    this.bench.restore(state);
    this.bench.injector = injector;
    takeOptionsRead(this.bench);
    return new Stepper(this.bench, this.#recorder, this.#until);
  }

  #runBaseline(host: number, powerOn: BenchState): BaselineRun {
    const stepper = this.#startAt(host, powerOn, null);
    const starts: Start[] = [{ state: powerOn, accesses: 0, segment: stepper.boot() }];
    const executed: [VisitedState, RunSegment][] = [];
    for (let { segment } = starts[0] as Start; !segment.over; ) {
      const visited = this.#visited.at(stepper.idleState);
      segment.next = visited;
      const state = this.bench.snapshot();
      const { accesses } = this.bench.ports;
      segment = stepper.advance();
      executed.push([visited, segment]);
      starts.push({ state, accesses, segment });
    }
    this.#visited.remember(host, executed);
    const segments = starts.map(({ segment }) => segment);
    const execution = executionOf(segments, 0, false);
    const { pieces } = execution;
    return { host, starts, execution, accesses: accessesOf(pieces), preemptionPoints: preemptionPointsOf(pieces) };
  }

  /**
   * After the last injection: executes to the end, or to a visited state and adds the segments that followed it.
   * @returns whether it met a visited state.
   */
  #continue(stepper: Stepper, host: number, segments: RunSegment[]): boolean {
    const executed: [VisitedState, RunSegment][] = [];
    let rest: RunSegment[] | null = null;
    for (let last = segments.at(-1) as RunSegment; !last.over; ) {
      const visited = this.#visited.at(stepper.idleState);
      last.next = visited;
      rest = this.#visited.restFrom(visited, host);
      if (rest !== null) break;
      last = stepper.advanceOrRepeat();
      segments.push(last);
      executed.push([visited, last]);
    }
    for (const segment of rest ?? []) segments.push(segment);
    this.#visited.remember(host, executed);
    return rest !== null;
  }
}
