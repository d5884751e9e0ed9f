import { Bench, type BenchOptions, type BenchState, type Ending, identityOf, type Moment } from '../bench/index.ts';
import { type AccessFact, type Fact, Recorder } from '../judge/index.ts';
import type { HostFault, HostOptions } from '../tclo-host/index.ts';
import { openingsOf } from './strikes.ts';
import type { Hosts } from './variants.ts';
import { type Consulted, type Junction, type LifeEnd, type Stretch, takeConsulted, Walk } from './walk.ts';

/** What strikes at one port access, counted from 0. */
export interface Strike {
  readonly access: number;
  /** A fault, or what comes in between behind the access. */
  readonly what: HostFault | 'preempt';
}

/** An idle moment of a life without faults, to start from. */
interface Start {
  readonly state: BenchState;
  /** Port accesses before it. */
  readonly accesses: number;
  readonly stretch: Stretch;
}

/** The life without faults at one host. */
export interface Calm {
  readonly host: number;
  readonly starts: readonly Start[];
  readonly life: Life;
  readonly accesses: readonly AccessFact[];
  /** The accesses behind which something may come in between, if the bench looks for them. */
  readonly openings: ReadonlySet<number>;
}

/** A whole life, as it was seen. */
export interface Life {
  /** In order; the pieces are shared between lives. */
  readonly pieces: readonly (readonly Fact[])[];
  readonly ending: Ending;
  readonly end: LifeEnd;
  /** How many of the strikes came about. */
  readonly struck: number;
  /** At a host that differs only in other options the life is the same. */
  readonly consulted: Consulted;
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
  readonly #calms: Calm[] = [];
  /** By the identity of the moment. */
  readonly #junctions = new Map<string, Junction>();
  readonly #recorder = new Recorder();
  #kept = 0;

  /** @param until virtual nanoseconds that each life lasts. @param host the first of those that it is for. */
  constructor(options: BenchOptions, hosts: Hosts, until: number, host = 0) {
    this.bench = new Bench({ ...options, host: hosts.all[host] as HostOptions });
    this.#hosts = hosts;
    this.#until = until;
    this.bench.watchers.push(this.#recorder);
    this.bench.letIn = () => false;
    this.#calms.push(this.#liveWithoutFaults(host, this.bench.snapshot()));
  }

  /** Whether it can be used for a host: not if its own was built by other options. */
  serves(host: number): boolean {
    return this.bench.host.watched.obstacle(this.#hosts.all[host] as HostOptions) === null;
  }

  calm(host: number): Calm {
    const [first] = this.#calms as [Calm];
    let calm = this.#calms.find(({ host: other, life }) => this.#hosts.alike(other, host, life.consulted));
    if (calm === undefined) {
      calm = this.#liveWithoutFaults(host, (first.starts[0] as Start).state);
      this.#calms.push(calm);
    }
    return calm;
  }

  /** @param strikes in the order of their accesses; none: the life without faults. @param host its number */
  live(strikes: readonly Strike[], host: number): Life {
    const [first] = strikes;
    const { starts, life } = this.calm(host);
    if (first === undefined) return life;
    const from = starts.findLastIndex(({ accesses }) => accesses <= first.access);
    const stretches = starts.slice(0, from).map(({ stretch }) => stretch);
    let struck = 0;
    const strikeAt = (access: number, preempts: boolean): Strike['what'] | null => {
      const strike = strikes[struck];
      if (strike?.access !== access || (strike.what === 'preempt') !== preempts) return null;
      struck++;
      return strike.what;
    };
    this.bench.strike = (_call, access) => strikeAt(access, false) as HostFault | null;
    this.bench.letIn = ({ access }) => strikeAt(access, true) !== null;
    this.#startAt(host, (starts[from] as Start).state);
    const walk = new Walk(this.bench, this.#recorder, this.#until);
    stretches.push(from === 0 ? walk.boot() : walk.goOn());
    while (struck < strikes.length && stretches.at(-1)?.over === false) stretches.push(walk.goOn());
    this.#liveOn(walk, host, stretches);
    return lifeOf(stretches, struck);
  }

  close(): void {
    this.bench.close();
  }

  #startAt(host: number, state: BenchState): void {
    this.bench.host.watched.exchange(this.#hosts.all[host] as HostOptions);
    this.bench.restore(state);
    takeConsulted(this.bench);
  }

  #liveWithoutFaults(host: number, power: BenchState): Calm {
    this.bench.strike = null;
    this.bench.letIn = () => false;
    this.#startAt(host, power);
    const walk = new Walk(this.bench, this.#recorder, this.#until);
    const starts: Start[] = [{ state: power, accesses: 0, stretch: walk.boot() }];
    for (let { stretch } = starts[0] as Start; !stretch.over; ) {
      const junction = this.#junctionAt(walk.moment);
      stretch.next = junction;
      const state = this.bench.snapshot();
      const { accesses } = this.bench.ports;
      stretch = walk.goOn();
      this.#remember(junction, host, stretch);
      starts.push({ state, accesses, stretch });
    }
    const life = lifeOf(
      starts.map(({ stretch }) => stretch),
      0,
    );
    return { host, starts, life, accesses: accessesOf(life.pieces), openings: openingsOf(life.pieces) };
  }

  /** Nothing strikes any more: on to the end, or to where another life has been before. */
  #liveOn(walk: Walk, host: number, stretches: Stretch[]): void {
    const fresh: [Junction, Stretch][] = [];
    for (let last = stretches.at(-1) as Stretch; !last.over; ) {
      const junction = this.#junctionAt(walk.moment);
      last.next = junction;
      const rest = this.#follow(junction, host);
      if (rest !== null) {
        for (const stretch of rest) stretches.push(stretch);
        break;
      }
      const stretch = walk.next();
      stretches.push(stretch);
      fresh.push([junction, stretch]);
      last = stretch;
    }
    // A life is kept whole or not at all: whoever meets it can follow it to its end.
    if (this.#kept + fresh.length > MOST_KEPT) return;
    for (const [junction, stretch] of fresh) this.#remember(junction, host, stretch);
  }

  /** What is known to come after a moment, to the end; null: not all of it. */
  #follow(from: Junction, host: number): Stretch[] | null {
    const rest: Stretch[] = [];
    for (let junction: Junction | null = from; junction !== null; junction = (rest.at(-1) as Stretch).next) {
      const known = junction.known.find(({ host: other, stretch }) =>
        this.#hosts.alike(other, host, stretch.consulted),
      );
      if (known === undefined) return null;
      rest.push(known.stretch);
    }
    return rest;
  }

  #junctionAt(moment: Moment): Junction {
    const identity = identityOf(moment);
    let junction = this.#junctions.get(identity);
    if (junction === undefined) {
      junction = { known: [] };
      if (this.#kept < MOST_KEPT) this.#junctions.set(identity, junction);
    }
    return junction;
  }

  #remember(junction: Junction, host: number, stretch: Stretch): void {
    junction.known.push({ host, stretch });
    this.#kept++;
  }
}

function lifeOf(stretches: readonly Stretch[], struck: number): Life {
  const { ending, end } = stretches.at(-1) as Stretch;
  const consulted = new Set<keyof HostOptions>();
  for (const stretch of stretches) for (const option of stretch.consulted) consulted.add(option);
  return { pieces: stretches.map(({ facts }) => facts), ending, end, struck, consulted: [...consulted] };
}

/** The port accesses among facts, in order. */
export function accessesOf(pieces: readonly (readonly Fact[])[]): AccessFact[] {
  const accesses: AccessFact[] = [];
  for (const facts of pieces) for (const fact of facts) if (fact[0] === 'access') accesses.push(fact[1]);
  return accesses;
}
