import {
  type AccessFact,
  Bench,
  type BenchOptions,
  type BenchState,
  type Ending,
  type Fact,
  identityOf,
  Recorder,
} from '../scenario/index.ts';
import type { HostFault, HostOptions } from '../tclo-host/index.ts';
import { openingsOf } from './strikes.ts';
import { type Consulted, type LifeEnd, type Stretch, takeConsulted, Walk } from './walk.ts';

/** What strikes at one port access, counted from 0. */
export interface Strike {
  readonly access: number;
  /** A fault, or what comes in between behind the access. */
  readonly what: HostFault | 'preempt';
}

/** An idle moment of the run without faults, to start from. */
interface Start {
  readonly state: BenchState;
  /** Port accesses before it. */
  readonly accesses: number;
  readonly stretch: Stretch;
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
  readonly consulted: ReadonlySet<keyof HostOptions>;
}

/** Stretches that are kept at most: some hundred megabytes. */
const MOST_KEPT = 150_000;

/**
 * Lives one guest's life again and again, each time with other faults. What two lives have in common is executed once:
 * a life starts at the last idle moment before its first fault, and once all its faults have struck it ends at the
 * first idle moment that some life has been in before, and is continued by what was seen of that one.
 */
export class Explorer {
  readonly bench: Bench;
  /** The accesses of the life without faults. */
  readonly accesses: readonly AccessFact[];
  /** The life without faults. */
  readonly calm: Life;
  /** Those behind which something may come in between, if the bench looks for them. */
  readonly openings: ReadonlySet<number>;
  readonly #until: number;
  /** What a host goes by before anything happens. */
  readonly #always: Consulted;
  readonly #starts: Start[] = [];
  readonly #known = new Map<string, Stretch>();
  readonly #recorder = new Recorder();

  /** @param until virtual nanoseconds that each life lasts. */
  constructor(options: BenchOptions, until: number) {
    this.bench = new Bench(options);
    this.#until = until;
    this.#always = takeConsulted(this.bench);
    this.bench.watchers.push(this.#recorder);
    this.bench.letIn = () => false;
    this.#liveWithoutFaults();
    this.calm = this.live([]);
    this.accesses = accessesOf(this.calm.pieces);
    this.openings = openingsOf(this.calm.pieces);
  }

  /** @param strikes in the order of their accesses; none: the life without faults. */
  live(strikes: readonly Strike[]): Life {
    const [first] = strikes;
    const all = this.#starts.map(({ stretch }) => stretch);
    if (first === undefined) return this.#lifeOf(all, 0);
    const from = this.#starts.findLastIndex(({ accesses }) => accesses <= first.access);
    const stretches = all.slice(0, from);
    let struck = 0;
    const strikeAt = (access: number, preempts: boolean): Strike['what'] | null => {
      const strike = strikes[struck];
      if (strike?.access !== access || (strike.what === 'preempt') !== preempts) return null;
      struck++;
      return strike.what;
    };
    this.bench.strike = (_call, access) => strikeAt(access, false) as HostFault | null;
    this.bench.letIn = ({ access }) => strikeAt(access, true) !== null;
    this.bench.restore((this.#starts[from] as Start).state);
    const walk = this.#walk();
    stretches.push(from === 0 ? walk.boot() : walk.goOn());
    while (struck < strikes.length && stretches.at(-1)?.over === false) stretches.push(walk.goOn());
    this.#liveOn(walk, stretches);
    return this.#lifeOf(stretches, struck);
  }

  close(): void {
    this.bench.close();
  }

  #walk(): Walk {
    return new Walk(this.bench, this.#recorder, this.#until);
  }

  #liveWithoutFaults(): void {
    const walk = this.#walk();
    let state = this.bench.snapshot();
    let accesses = 0;
    let stretch = walk.boot();
    for (;;) {
      this.#starts.push({ state, accesses, stretch });
      if (stretch.over) return;
      stretch.next = identityOf(walk.moment);
      state = this.bench.snapshot();
      accesses = this.bench.ports.accesses;
      const key = stretch.next;
      stretch = walk.goOn();
      this.#known.set(key, stretch);
    }
  }

  /** Nothing strikes any more: on to the end, or to where another life has been before. */
  #liveOn(walk: Walk, stretches: Stretch[]): void {
    const fresh: [string, Stretch][] = [];
    for (let last = stretches.at(-1) as Stretch; !last.over; ) {
      last.next = identityOf(walk.moment);
      const known = this.#known.get(last.next);
      if (known !== undefined) {
        this.#follow(known, stretches);
        break;
      }
      const stretch = walk.next();
      stretches.push(stretch);
      fresh.push([last.next, stretch]);
      last = stretch;
    }
    this.#keep(fresh, stretches);
  }

  #follow(from: Stretch, stretches: Stretch[]): void {
    for (let at: Stretch | undefined = from; at !== undefined; at = this.#known.get(at.next)) stretches.push(at);
  }

  /** A life is kept whole or not at all: whoever meets it can follow it to its end. */
  #keep(fresh: readonly (readonly [string, Stretch])[], stretches: readonly Stretch[]): void {
    if (stretches.at(-1)?.over !== true || this.#known.size + fresh.length > MOST_KEPT) return;
    for (const [key, stretch] of fresh) this.#known.set(key, stretch);
  }

  #lifeOf(stretches: readonly Stretch[], struck: number): Life {
    const { ending, end } = stretches.at(-1) as Stretch;
    const consulted = new Set(this.#always);
    for (const stretch of stretches) for (const option of stretch.consulted) consulted.add(option);
    return { pieces: stretches.map(({ facts }) => facts), ending, end, struck, consulted };
  }
}

/** The port accesses among facts, in order. */
export function accessesOf(pieces: readonly (readonly Fact[])[]): AccessFact[] {
  const accesses: AccessFact[] = [];
  for (const facts of pieces) for (const fact of facts) if (fact[0] === 'access') accesses.push(fact[1]);
  return accesses;
}
