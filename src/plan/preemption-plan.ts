import { Random } from '../random.ts';
import { type StateCell, States } from '../state.ts';
import type { HostCall } from '../tclo-host/index.ts';
import { matchesAccess } from './pattern.ts';
import type { PlannedPreemption } from './preemption.ts';

/** A port access behind which a soft interrupt may preempt the guest. Plain data. */
export interface PreemptionPoint {
  /** The number of the access, from 0. */
  readonly access: number;
  /** Virtual nanoseconds. */
  readonly at: number;
  /** The instruction that made the access. */
  readonly pc: bigint;
  /** When the first soft interrupt is due that the kernel allows here. Not after `at`: it is due now. */
  readonly due: number;
  /** The function that it calls. */
  readonly function: bigint;
}

/** The progress of a preemption plan: plain data. */
export interface PreemptionState {
  /** Matching accesses so far, by preemption. */
  matched: number[];
  /** How often each triggered. */
  triggered: number[];
}

/** Matches the preemptions of a run against its accesses. */
export class PreemptionPlan {
  readonly preemptions: readonly PlannedPreemption[];
  readonly #seed: number;
  readonly state: StateCell<PreemptionState>;

  constructor(preemptions: readonly PlannedPreemption[], seed: number, states: States = new States()) {
    this.preemptions = preemptions;
    this.#seed = seed;
    const none = preemptions.map(() => 0);
    this.state = states.cell<PreemptionState>('preemptions', { matched: none, triggered: none });
  }

  /**
   * Whether to preempt the guest behind the `access`-th access, from 0.
   * @param preemptionPoint null where the kernel allows nothing; the access still counts.
   */
  match(call: HostCall | null, now: number, access: number, preemptionPoint: PreemptionPoint | null): boolean {
    let shouldPreempt = false;
    for (const [index, planned] of this.preemptions.entries()) {
      if (!matchesAccess(planned, call, now)) continue;
      const { matched, triggered } = this.state.change;
      const count = (matched[index] as number) + 1;
      matched[index] = count;
      if (
        preemptionPoint === null ||
        preemptionPoint.due > now + planned.within ||
        !this.#chosen(planned, count, access)
      )
        continue;
      triggered[index] = (triggered[index] as number) + 1;
      shouldPreempt = true;
    }
    return shouldPreempt;
  }

  /** The preemptions that never triggered. */
  get untriggered(): PlannedPreemption[] {
    return this.preemptions.filter((_, index) => this.state.now.triggered[index] === 0);
  }

  /** Everything that its future depends on; null: nothing is planned. @param accesses of the run so far */
  future(accesses: number): unknown {
    if (this.preemptions.length === 0) return null;
    const drawn = this.preemptions.some(({ at }) => typeof at === 'object' && 'oneOf' in at);
    return [this.state.now, drawn ? accesses : null];
  }

  /** A draw depends on the seed and the access alone: there is no state to keep. */
  #chosen({ at }: PlannedPreemption, count: number, access: number): boolean {
    if (at === 'every') return true;
    if ('nth' in at) return at.nth === count;
    return new Random(this.#seed ^ Math.imul(access + 1, 0x85ebca6b)).below(at.oneOf) === 0;
  }
}
