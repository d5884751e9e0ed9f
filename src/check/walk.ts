import {
  type Bench,
  boot,
  type Ending,
  type Loop,
  laterFact,
  laterIn,
  liveOn,
  loopBetween,
  type Moment,
  momentOf,
} from '../bench/index.ts';
import type { Allocation } from '../guest/index.ts';
import type { Fact, Recorder } from '../judge/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';

/** Options that the host went by. */
export type Consulted = readonly (keyof HostOptions)[];

/** How things stand at the end. */
export interface LifeEnd {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** What is live on the guest's heap. */
  readonly blocks: readonly Allocation[];
}

/** An idle moment that lives have been in, and what was seen to follow it, at one host or another. */
export interface Junction {
  readonly known: { readonly host: number; readonly stretch: Stretch }[];
}

/** What happens from one idle moment of the guest to the next. */
export interface Stretch {
  readonly facts: readonly Fact[];
  readonly over: boolean;
  readonly ending: Ending;
  readonly end: LifeEnd;
  readonly consulted: Consulted;
  /** The idle moment at its end; null where it is over, or nobody has asked for it. */
  next: Junction | null;
}

/** A loop, and one turn of it. */
interface Turns extends Loop {
  readonly stretch: Stretch;
  /** Where the turns that are left begin. */
  readonly start: Moment;
  readonly accesses: number;
}

/**
 * Goes through a life, from idle moment to idle moment. What the guest does again and again while nothing else is due
 * is executed once: the other turns are told as if they had been.
 */
export class Walk {
  readonly #bench: Bench;
  readonly #recorder: Recorder;
  readonly #until: number;
  #moment: Moment | null = null;
  #loop: Turns | null = null;
  #turn = 0;

  /** @param until virtual nanoseconds that the life lasts. @param recorder one of the bench's watchers */
  constructor(bench: Bench, recorder: Recorder, until: number) {
    this.#bench = bench;
    this.#recorder = recorder;
    this.#until = until;
  }

  /** Where it is. Between two stretches only. */
  get moment(): Moment {
    this.#moment ??= momentOf(this.#bench);
    return this.#moment;
  }

  boot(): Stretch {
    return this.#record(boot(this.#bench));
  }

  /** The next stretch, executed. */
  goOn(): Stretch {
    this.#moment = null;
    return this.#record(liveOn(this.#bench, this.#until));
  }

  /** The next stretch, as long as nothing strikes. */
  next(): Stretch {
    if (this.#loop !== null) return this.#repeat(this.#loop);
    const { moment } = this;
    const { accesses } = this.#bench.ports;
    this.#bench.guest.machine.timeTold = false;
    this.#bench.host.timeTold = false;
    const stretch = this.goOn();
    if (!stretch.over) this.#look(moment, stretch, this.#bench.ports.accesses - accesses);
    return stretch;
  }

  /** Whether the next turns would be like the stretch from `before` on. */
  #look(before: Moment, stretch: Stretch, accesses: number): void {
    const start = this.moment;
    const loop = loopBetween(this.#bench, before, start, this.#until);
    if (loop === null || stretch.facts.some((fact) => laterFact(fact, 0) === null)) return;
    this.#loop = { ...loop, stretch, start, accesses };
    this.#turn = 0;
  }

  #repeat(loop: Turns): Stretch {
    const { stretch, start, period, turns, accesses } = loop;
    const later = period * ++this.#turn;
    this.#moment = laterIn(start, later);
    if (this.#turn === turns) {
      this.#bench.skip(later, accesses * turns);
      this.#loop = null;
    }
    const facts = stretch.facts.map((fact) => laterFact(fact, later) as Fact);
    return { ...stretch, facts, end: { ...stretch.end, at: stretch.end.at + later }, next: null };
  }

  #record({ over, ending }: { readonly over: boolean; readonly ending: Ending }): Stretch {
    if (over) this.#bench.guest.endLine();
    const { now, guest } = this.#bench;
    const end = { at: now, blocks: guest.heap.live };
    return { facts: this.#recorder.take(), over, ending, end, consulted: takeConsulted(this.#bench), next: null };
  }
}

const NONE: Consulted = [];

/** What the host went by since the last call. */
export function takeConsulted({ host }: Bench): Consulted {
  const { consulted } = host.watched;
  if (consulted.size === 0) return NONE;
  const taken = [...consulted];
  consulted.clear();
  return taken;
}
