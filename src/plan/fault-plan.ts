import { faultApplies, type HostCall, type HostFault } from '../tclo-host/index.ts';
import type { PlannedFault } from './fault.ts';
import { matchesPattern } from './pattern.ts';

/** How far a plan has come: plain data. */
export interface PlanState {
  /** Matching accesses so far, by fault. */
  readonly matched: readonly number[];
  /** How often each fault struck. */
  readonly triggered: readonly number[];
}

/** Matches the faults of a run against its accesses, in the order of the plan; one access gets at most one fault. */
export class FaultPlan {
  readonly faults: readonly PlannedFault[];
  #matched: number[];
  #triggered: number[];

  constructor(faults: readonly PlannedFault[]) {
    this.faults = faults;
    this.#matched = faults.map(() => 0);
    this.#triggered = faults.map(() => 0);
  }

  /** @returns what shall go wrong with this access. `call` is null for an access that is no message call. */
  match(call: HostCall | null, now: number): HostFault | null {
    let injection: HostFault | null = null;
    for (const [index, planned] of this.faults.entries()) {
      if (!matches(planned, call, now)) continue;
      const count = (this.#matched[index] as number) + 1;
      this.#matched[index] = count;
      if (injection !== null || (planned.nth !== 'every' && planned.nth !== count)) continue;
      this.#triggered[index] = (this.#triggered[index] as number) + 1;
      injection = planned.fault;
    }
    return injection;
  }

  /** The faults that never struck. */
  get untriggered(): PlannedFault[] {
    return this.faults.filter((_, index) => this.#triggered[index] === 0);
  }

  snapshot(): PlanState {
    return { matched: [...this.#matched], triggered: [...this.#triggered] };
  }

  restore(state: PlanState): void {
    this.#matched = [...state.matched];
    this.#triggered = [...state.triggered];
  }
}

/** Where the step is left open, an access that the kind means nothing at is passed over. */
const matches = (planned: PlannedFault, call: HostCall | null, now: number): boolean =>
  faultApplies(planned.fault.kind, call === null ? null : call.step) && matchesPattern(planned, call, now);
