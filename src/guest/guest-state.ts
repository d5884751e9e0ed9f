import type { Machine } from '../cpu/index.ts';
import type { Clock } from './clock.ts';
import type { GuestConsole } from './console.ts';
import type { Heap } from './heap.ts';
import type { PendingCall } from './kernel-model.ts';

/** A whole guest, to go back to. */
export interface GuestState {
  readonly machine: ReturnType<Machine['snapshot']>;
  readonly model: unknown;
  readonly clock: ReturnType<Clock<PendingCall>['snapshot']>;
  readonly heap: ReturnType<Heap['snapshot']>;
  readonly console: ReturnType<GuestConsole['snapshot']>;
  readonly called: readonly string[];
  /** Up to where the kernel around it has taken memory of its own. */
  readonly reserved: bigint;
}

/** What decides all that a guest does from now on; the time itself is its machine's. */
export interface GuestFuture {
  /** Virtual nanoseconds at which each of its alarms is due, the next first. */
  readonly due: readonly number[];
  /** Everything else: plain data, to be compared. */
  readonly rest: unknown;
}
