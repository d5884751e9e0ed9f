import type { Bench } from './bench.ts';
import { digestOf } from './canonical.ts';

/** A moment between two calls of a guest, to be compared with others of the same bench. */
export interface IdleState {
  /** Virtual nanoseconds. */
  readonly now: number;
  /** The same for each alarm of the guest's kernel, the next first. */
  readonly due: readonly number[];
  /** A digest of all else that the future depends on, as long as only the plan's faults are injected. */
  readonly state: string;
}

/** The moment that a bench is in. What was printed, logged and counted on the way there is not in it. */
export function idleStateOf({ guest, host, schedule, eventCalls, plan, preemptions, ports, now }: Bench): IdleState {
  const { due, rest } = guest.future();
  const faults = plan.faults.length === 0 ? null : [plan.state.now, host.noise];
  const between = preemptions.future(ports.accesses);
  return { now, due, state: digestOf([rest, host.future(), schedule.future(), eventCalls.future(), faults, between]) };
}

/** Two moments of one bench with the same identity go on in the same way. */
export const identityOf = ({ now, due, state }: IdleState): string => `${state} ${now} ${due.join()}`;
