import { type StateCell, States } from '../state.ts';
import { faultApplies, type HostCall, type HostFault } from '../tclo-host/index.ts';
import type { PlannedFault } from './fault.ts';
import { matchesAccess } from './pattern.ts';

/** The progress of a fault plan: plain data. */
export interface PlanState {
  /** Matching accesses so far, by fault. */
  matched: number[];
  /** How often each fault triggered. */
  triggered: number[];
}

/** Matches the faults of a run against its accesses, in the order of the plan; one access gets at most one fault. */
export class FaultPlan {
  readonly faults: readonly PlannedFault[];
  readonly state: StateCell<PlanState>;

  constructor(faults: readonly PlannedFault[], states: States = new States()) {
    this.faults = faults;
    const none = faults.map(() => 0);
    this.state = states.cell<PlanState>('faults', { matched: none, triggered: none });
  }

  /** @returns the fault to inject into this access. `call` is null for an access that is no message call. */
  match(call: HostCall | null, now: number): HostFault | null {
    let injection: HostFault | null = null;
    for (const [index, planned] of this.faults.entries()) {
      if (!matches(planned, call, now)) continue;
      const { matched, triggered } = this.state.change;
      const count = (matched[index] as number) + 1;
      matched[index] = count;
      if (injection !== null || (planned.nth !== 'every' && planned.nth !== count)) continue;
      triggered[index] = (triggered[index] as number) + 1;
      injection = planned.fault;
    }
    return injection;
  }

  /** The faults that never triggered. */
  get untriggered(): PlannedFault[] {
    return this.faults.filter((_, index) => this.state.now.triggered[index] === 0);
  }
}

/** Where the step is open, an access that the kind does not apply to does not count. */
const matches = (planned: PlannedFault, call: HostCall | null, now: number): boolean =>
  faultApplies(planned.fault.kind, call === null ? null : call.step) && matchesAccess(planned, call, now);
