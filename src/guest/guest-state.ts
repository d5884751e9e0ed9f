import type { MachineSnapshot } from '../cpu/index.ts';
import type { PartStates } from '../state.ts';

/** A whole guest, to go back to. Of the same guest: the machine's part is no plain data. */
export interface GuestState {
  readonly machine: MachineSnapshot;
  /** Clock, heap, console and what else is the guest's own. */
  readonly parts: PartStates;
  /** The kernel around it. */
  readonly kernel: PartStates;
}

/** What decides all that a guest does from now on; the time itself is its machine's. */
export interface GuestFuture {
  /** Virtual nanoseconds at which each of its alarms is due, the next first. */
  readonly due: readonly number[];
  /** Everything else: plain data, to be compared. */
  readonly rest: unknown;
}
