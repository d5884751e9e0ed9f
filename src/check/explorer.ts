import type { Allocation } from '../guest/index.ts';
import {
  type AccessFact,
  Bench,
  type BenchOptions,
  type BenchState,
  boot,
  type Ending,
  type Fact,
  identityOf,
  liveOn,
  Recorder,
} from '../scenario/index.ts';
import type { HostFault } from '../tclo-host/index.ts';
import { openingsOf } from './strikes.ts';

/** What strikes at one port access, counted from 0. */
export interface Strike {
  readonly access: number;
  /** A fault, or what comes in between behind the access. */
  readonly what: HostFault | 'preempt';
}

/** What happens from one idle moment of the guest to the next. */
interface Stretch {
  readonly facts: readonly Fact[];
  readonly over: boolean;
  readonly ending: Ending;
  readonly end: LifeEnd;
  /** The identity of the idle moment at its end; '' where it is over, or was not asked for. */
  next: string;
}

/** An idle moment of the run without faults, to start from. */
interface Start {
  readonly state: BenchState;
  /** Port accesses before it. */
  readonly accesses: number;
  readonly stretch: Stretch;
}

/** How things stand at the end. */
interface LifeEnd {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** What is live on the guest's heap. */
  readonly blocks: readonly Allocation[];
}

/** A whole life, as it was seen. */
export interface Life {
  /** In order; the pieces are shared between lives. */
  readonly pieces: readonly (readonly Fact[])[];
  readonly ending: Ending;
  readonly end: LifeEnd;
  /** How many of the strikes came about. */
  readonly struck: number;
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
  /** Those behind which something may come in between, if the bench looks for them. */
  readonly openings: ReadonlySet<number>;
  readonly #until: number;
  readonly #starts: Start[] = [];
  readonly #known = new Map<string, Stretch>();
  readonly #recorder = new Recorder();

  /** @param until virtual nanoseconds that each life lasts. */
  constructor(options: BenchOptions, until: number) {
    this.bench = new Bench(options);
    this.#until = until;
    this.bench.watchers.push(this.#recorder);
    this.bench.letIn = () => false;
    this.#liveWithoutFaults();
    const pieces = this.#starts.map(({ stretch }) => stretch.facts);
    this.accesses = accessesOf(pieces);
    this.openings = openingsOf(pieces);
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
    let stretch = from === 0 ? this.#boot() : this.#goOn();
    stretches.push(stretch);
    const fresh: [string, Stretch][] = [];
    while (!stretch.over) {
      const known = struck < strikes.length ? undefined : this.#arrive(stretch);
      if (known !== undefined) {
        this.#follow(known, stretches);
        break;
      }
      const key = stretch.next;
      stretch = this.#goOn();
      stretches.push(stretch);
      if (key !== '') fresh.push([key, stretch]);
    }
    this.#keep(fresh, stretches);
    return this.#lifeOf(stretches, struck);
  }

  close(): void {
    this.bench.close();
  }

  #liveWithoutFaults(): void {
    let state = this.bench.snapshot();
    let accesses = 0;
    let stretch = this.#boot();
    for (;;) {
      this.#starts.push({ state, accesses, stretch });
      if (stretch.over) return;
      this.#arrive(stretch);
      state = this.bench.snapshot();
      accesses = this.bench.ports.accesses;
      const key = stretch.next;
      stretch = this.#goOn();
      this.#known.set(key, stretch);
    }
  }

  #boot(): Stretch {
    return this.#record(boot(this.bench));
  }

  #goOn(): Stretch {
    return this.#record(liveOn(this.bench, this.#until));
  }

  #record({ over, ending }: { readonly over: boolean; readonly ending: Ending }): Stretch {
    if (over) this.bench.guest.endLine();
    const { now, guest } = this.bench;
    return { facts: this.#recorder.take(), over, ending, end: { at: now, blocks: guest.heap.live }, next: '' };
  }

  /** Gives the moment that was reached its name; the stretch that follows it, where that is known. */
  #arrive(stretch: Stretch): Stretch | undefined {
    stretch.next = identityOf(this.bench);
    return this.#known.get(stretch.next);
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
    return { pieces: stretches.map(({ facts }) => facts), ending, end, struck };
  }
}

/** The port accesses among facts, in order. */
export function accessesOf(pieces: readonly (readonly Fact[])[]): AccessFact[] {
  return pieces.flatMap((facts) => facts.flatMap((fact) => (fact[0] === 'access' ? [fact[1]] : [])));
}
