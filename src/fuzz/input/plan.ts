import type { HostEventName, HostFault } from '../../tclo-host/index.ts';
import type { Place, ProtocolState, StartName, UserCall } from './places.ts';

/** An answer of the host that is not its own. */
export interface PlannedAnswer {
  readonly place: Place;
  readonly state: ProtocolState;
  /** The first access that it hits, of those at the place in that state since the start; from 1. */
  readonly nth: number;
  /** How many of them in a row. */
  readonly times: number;
  readonly fault: HostFault;
}

/** Something that happens besides. */
export interface PlannedMoment {
  /** Virtual nanoseconds since the start. */
  readonly after: number;
  readonly name: HostEventName | UserCall;
  readonly text: string;
}

/** What an input says: what a hostile or broken host, and its user, do from a start on. Plain data. */
export interface FuzzPlan {
  readonly start: StartName;
  readonly answers: readonly PlannedAnswer[];
  readonly moments: readonly PlannedMoment[];
  /** The preemption points since the start at which soft interrupts preempt the guest; from 1. */
  readonly preemptions: readonly number[];
}

/** What a healthy host does: nothing. */
export const HEALTHY: FuzzPlan = { start: 'attach', answers: [], moments: [], preemptions: [] };
