import { type HostCall, Random } from '../tclo-host/index.ts';
import { matchesPattern } from './pattern.ts';
import type { PlannedPreemption } from './preemption.ts';

/** A port access behind which a soft interrupt may come in between. Plain data. */
export interface PreemptionPoint {
  /** The number of the access, from 0. */
  readonly access: number;
  /** Virtual nanoseconds. */
  readonly at: number;
  /** The instruction that made the access. */
  readonly pc: bigint;
  /** When the first soft interrupt is due that the kernel would let in. Not after `at`: it is due. */
  readonly due: number;
  /** The function that it calls. */
  readonly function: bigint;
}

/** How far a plan has come: plain data. */
export interface PreemptionState {
  /** Matching accesses so far, by preemption. */
  readonly matched: readonly number[];
  /** How often each has let something in. */
  readonly triggered: readonly number[];
}

/** Matches the preemptions of a run against its accesses. */
export class PreemptionPlan {
  readonly preemptions: readonly PlannedPreemption[];
  readonly #seed: number;
  #matched: number[];
  #triggered: number[];

  constructor(preemptions: readonly PlannedPreemption[], seed: number) {
    this.preemptions = preemptions;
    this.#seed = seed;
    this.#matched = preemptions.map(() => 0);
    this.#triggered = preemptions.map(() => 0);
  }

  /**
   * Whether something shall come in between behind the `access`-th access, from 0.
   * @param opening null where nothing may; the access counts all the same.
   */
  match(call: HostCall | null, now: number, access: number, preemptionPoint: PreemptionPoint | null): boolean {
    let shouldPreempt = false;
    for (const [index, planned] of this.preemptions.entries()) {
      if (!matchesPattern(planned, call, now)) continue;
      const count = (this.#matched[index] as number) + 1;
      this.#matched[index] = count;
      if (
        preemptionPoint === null ||
        preemptionPoint.due > now + planned.within ||
        !this.#chosen(planned, count, access)
      )
        continue;
      this.#triggered[index] = (this.#triggered[index] as number) + 1;
      shouldPreempt = true;
    }
    return shouldPreempt;
  }

  /** The preemptions that never let anything in. */
  get untriggered(): PlannedPreemption[] {
    return this.preemptions.filter((_, index) => this.#triggered[index] === 0);
  }

  snapshot(): PreemptionState {
    return { matched: [...this.#matched], triggered: [...this.#triggered] };
  }

  /** What decides all that it does from now on; null: nothing is planned. @param accesses of the run so far */
  future(accesses: number): unknown {
    if (this.preemptions.length === 0) return null;
    const drawn = this.preemptions.some(({ at }) => typeof at === 'object' && 'oneOf' in at);
    return [this.snapshot(), drawn ? accesses : null];
  }

  restore(state: PreemptionState): void {
    this.#matched = [...state.matched];
    this.#triggered = [...state.triggered];
  }

  /** What is drawn depends on the seed and the access alone: no state to keep. */
  #chosen({ at }: PlannedPreemption, count: number, access: number): boolean {
    if (at === 'every') return true;
    if ('nth' in at) return at.nth === count;
    return new Random(this.#seed ^ Math.imul(access + 1, 0x85ebca6b)).below(at.oneOf) === 0;
  }
}
