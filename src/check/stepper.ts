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
import type { Fact, Recorder } from '../judge/index.ts';
import type { OptionsRead, RunSegment } from './execution.ts';

/** A loop of the guest and the segment that is one turn of it. */
interface KnownLoop extends Loop {
  readonly segment: RunSegment;
  /** The state before the remaining turns. */
  readonly start: IdleState;
  /** Port accesses of one turn. */
  readonly accesses: number;
}

/** Steps a bench through one execution, from idle moment to idle moment. */
export class Stepper {
  readonly #bench: Bench;
  readonly #recorder: Recorder;
  readonly #until: number;
  #idleState: IdleState | null = null;
  #loop: KnownLoop | null = null;
  #turn = 0;

  /** @param recorder one of the bench's watchers. @param until the end of the execution in virtual nanoseconds. */
  constructor(bench: Bench, recorder: Recorder, until: number) {
    this.#bench = bench;
    this.#recorder = recorder;
    this.#until = until;
  }

  /** The state between two segments. */
  get idleState(): IdleState {
    this.#idleState ??= idleStateOf(this.#bench);
    return this.#idleState;
  }

  /** Executes the first segment, from power-on. */
  boot(): RunSegment {
    return this.#record(boot(this.#bench));
  }

  /** Executes the next segment. */
  advance(): RunSegment {
    this.#idleState = null;
    return this.#record(advance(this.#bench, this.#until));
  }

  /**
   * The next segment of an execution without further injections. While the guest repeats itself and nothing else is
   * due, this executes one turn of the loop and derives the other turns from it.
   */
  advanceOrRepeat(): RunSegment {
    if (this.#loop !== null) return this.#repeat(this.#loop);
    const { idleState } = this;
    const { accesses } = this.#bench.ports;
    this.#bench.guest.machine.timeRead = false;
    this.#bench.host.timeRead = false;
    const segment = this.advance();
    if (!segment.over) this.#findLoop(idleState, segment, this.#bench.ports.accesses - accesses);
    return segment;
  }

  /** Looks whether the segment from `before` on repeats. */
  #findLoop(before: IdleState, segment: RunSegment, accesses: number): void {
    const start = this.idleState;
    const loop = loopBetween(this.#bench, before, start, this.#until);
    if (loop === null || segment.facts.some((fact) => laterFact(fact, 0) === null)) return;
    this.#loop = { ...loop, segment, start, accesses };
    this.#turn = 0;
  }

  #repeat(loop: KnownLoop): RunSegment {
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

/** The options that the host has read since the last call. */
export function takeOptionsRead({ host }: Bench): OptionsRead {
  const { optionsRead } = host.watched;
  if (optionsRead.size === 0) return NONE;
  const taken = [...optionsRead];
  optionsRead.clear();
  return taken;
}
