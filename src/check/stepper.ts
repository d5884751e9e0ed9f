import {
  advance,
  type Bench,
  boot,
  type Ending,
  type IdleState,
  idleStateOf,
  type Loop,
  laterFact,
  laterIn,
  loopBetween,
} from '../bench/index.ts';
import type { Allocation } from '../guest/index.ts';
import type { Fact, Recorder } from '../judge/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';

/** Options that the host went by. */
export type OptionsRead = readonly (keyof HostOptions)[];

/** How things stand at the end. */
export interface EndState {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** What is live on the guest's heap. */
  readonly blocks: readonly Allocation[];
}

/** An idle moment that lives have been in, and what was seen to follow it, at one host or another. */
export interface VisitedState {
  readonly known: { readonly host: number; readonly segment: RunSegment }[];
}

/** What happens from one idle moment of the guest to the next. */
export interface RunSegment {
  readonly facts: readonly Fact[];
  readonly over: boolean;
  readonly ending: Ending;
  readonly end: EndState;
  readonly optionsRead: OptionsRead;
  /** The idle moment at its end; null where it is over, or nobody has asked for it. */
  next: VisitedState | null;
}

/** A loop, and one turn of it. */
interface Turns extends Loop {
  readonly segment: RunSegment;
  /** Where the turns that are left begin. */
  readonly start: IdleState;
  readonly accesses: number;
}

/**
 * Goes through a life, from idle moment to idle moment. What the guest does again and again while nothing else is due
 * is executed once: the other turns are told as if they had been.
 */
export class Stepper {
  readonly #bench: Bench;
  readonly #recorder: Recorder;
  readonly #until: number;
  #idleState: IdleState | null = null;
  #loop: Turns | null = null;
  #turn = 0;

  /** @param until virtual nanoseconds that the life lasts. @param recorder one of the bench's watchers */
  constructor(bench: Bench, recorder: Recorder, until: number) {
    this.#bench = bench;
    this.#recorder = recorder;
    this.#until = until;
  }

  /** Where it is. Between two stretches only. */
  get idleState(): IdleState {
    this.#idleState ??= idleStateOf(this.#bench);
    return this.#idleState;
  }

  boot(): RunSegment {
    return this.#record(boot(this.#bench));
  }

  /** The next stretch, executed. */
  goOn(): RunSegment {
    this.#idleState = null;
    return this.#record(advance(this.#bench, this.#until));
  }

  /** The next stretch, as long as nothing strikes. */
  next(): RunSegment {
    if (this.#loop !== null) return this.#repeat(this.#loop);
    const { idleState } = this;
    const { accesses } = this.#bench.ports;
    this.#bench.guest.machine.timeRead = false;
    this.#bench.host.timeRead = false;
    const segment = this.goOn();
    if (!segment.over) this.#look(idleState, segment, this.#bench.ports.accesses - accesses);
    return segment;
  }

  /** Whether the next turns would be like the stretch from `before` on. */
  #look(before: IdleState, segment: RunSegment, accesses: number): void {
    const start = this.idleState;
    const loop = loopBetween(this.#bench, before, start, this.#until);
    if (loop === null || segment.facts.some((fact) => laterFact(fact, 0) === null)) return;
    this.#loop = { ...loop, segment, start, accesses };
    this.#turn = 0;
  }

  #repeat(loop: Turns): RunSegment {
    const { segment, start, period, turns, accesses } = loop;
    const later = period * ++this.#turn;
    this.#idleState = laterIn(start, later);
    if (this.#turn === turns) {
      this.#bench.skip(later, accesses * turns);
      this.#loop = null;
    }
    const facts = segment.facts.map((fact) => laterFact(fact, later) as Fact);
    return { ...segment, facts, end: { ...segment.end, at: segment.end.at + later }, next: null };
  }

  #record({ over, ending }: { readonly over: boolean; readonly ending: Ending }): RunSegment {
    if (over) this.#bench.guest.endLine();
    const { now, guest } = this.#bench;
    const end = { at: now, blocks: guest.heap.live };
    return { facts: this.#recorder.take(), over, ending, end, optionsRead: takeOptionsRead(this.#bench), next: null };
  }
}

const NONE: OptionsRead = [];

/** What the host went by since the last call. */
export function takeOptionsRead({ host }: Bench): OptionsRead {
  const { optionsRead } = host.watched;
  if (optionsRead.size === 0) return NONE;
  const taken = [...optionsRead];
  optionsRead.clear();
  return taken;
}
