import type { Bench, Injector } from '../bench/index.ts';
import type { PreemptionPoint } from '../plan/index.ts';
import type { HostCall, HostFault } from '../tclo-host/index.ts';
import { FAULTS } from '../tclo-host/index.ts';
import { PLACES, type Place, PROTOCOL_STATES } from './input/places.ts';
import { type FuzzPlan, HEALTHY, type PlannedAnswer } from './input/plan.ts';

/** Answers that one execution changes at most: behind them the host is honest, so that each execution ends. */
const MOST_CHANGED = 64;
/** Channels that the host may keep from the guest: with more of them a guest has no chance to open another. */
const MOST_LOST = 3;
/** Virtual nanoseconds: a preemption waits no longer for its soft interrupt, as with `--preempt`. */
const LONGEST_WAIT = 60e9;

/** Injects what a plan says: each answer at its accesses, counted by place and protocol state. */
export class PlanInjector implements Injector {
  readonly #bench: Bench;
  /** How often each pair of a place and a state was passed since the start. */
  readonly #passed = new Uint16Array(PLACES.length * PROTOCOL_STATES.length);
  /** The pairs that are not 0. */
  readonly #touched: number[] = [];
  /** Counts accesses by pair, up to 255, for the feedback. */
  readonly pairs: Uint8Array;
  #plan: FuzzPlan = HEALTHY;
  #active = false;
  #counts = false;
  /** The pairs of the feedback that are not 0. */
  readonly #counted: number[] = [];
  #points = 0;
  #changed = 0;
  #lost = 0;
  #preempted = 0;

  /** @param pairs zeros, one for each pair at least. */
  constructor(bench: Bench, pairs: Uint8Array) {
    this.#bench = bench;
    this.pairs = pairs;
  }

  /** What was injected since the start. */
  get injected(): number {
    return this.#changed + this.#preempted;
  }

  /** @param counts into {@link pairs}, too. */
  begin(plan: FuzzPlan, counts: boolean): void {
    for (const pair of this.#touched) this.#passed[pair] = 0;
    this.#touched.length = 0;
    if (counts) {
      for (const pair of this.#counted) this.pairs[pair] = 0;
      this.#counted.length = 0;
    }
    this.#counts = counts;
    this.#plan = plan;
    this.#active = true;
    this.#points = this.#changed = this.#lost = this.#preempted = 0;
  }

  /** From now on the host is honest. */
  end(): void {
    this.#active = false;
  }

  faultAt(call: HostCall | null): HostFault | null {
    if (!this.#active) return null;
    const place = placeOf(call);
    if (place < 0) return null;
    const state = PROTOCOL_STATES.indexOf(this.#bench.host.phase);
    const pair = place * PROTOCOL_STATES.length + state;
    const count = (this.#passed[pair] as number) + 1;
    this.#passed[pair] = count;
    if (count === 1) this.#touched.push(pair);
    if (this.#counts && count < 256) {
      this.pairs[pair] = count;
      if (count === 1) this.#counted.push(pair);
    }
    for (const answer of this.#plan.answers) {
      if (answer.nth > count || count >= answer.nth + answer.times || answer.place !== PLACES[place]) continue;
      if (answer.state === PROTOCOL_STATES[state] && this.#mayInject(answer)) return answer.fault;
    }
    return null;
  }

  preempts({ at, due }: PreemptionPoint): boolean {
    if (!this.#active || due > at + LONGEST_WAIT) return false;
    this.#points++;
    if (!this.#plan.preemptions.includes(this.#points)) return false;
    this.#preempted++;
    return true;
  }

  #mayInject({ place, fault }: PlannedAnswer): boolean {
    if (this.#changed >= MOST_CHANGED) return false;
    if (losesChannel(place, fault)) {
      if (this.#lost >= MOST_LOST) return false;
      this.#lost++;
    }
    this.#changed++;
    return true;
  }
}

/** Whether the host keeps a channel for itself: the guest cannot close it, or does not know it. */
function losesChannel(place: Place, { kind }: HostFault): boolean {
  if (place.endsWith('.open')) return FAULTS[kind].garbage === true || kind === 'registers';
  return place.endsWith('.close');
}

const PLACE_OF: ReadonlyMap<string, number> = new Map(PLACES.map((place, index) => [place, index]));
const COMMAND = PLACES.indexOf('command');

/** The number of the place of an access; below 0: the host knows no such channel. */
function placeOf(call: HostCall | null): number {
  if (call === null) return COMMAND;
  return call.protocol === null ? -1 : (PLACE_OF.get(`${call.protocol}.${call.step}`) ?? -1);
}
