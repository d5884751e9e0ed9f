import type { Machine } from '../cpu/index.ts';
import type { Clock } from './clock.ts';
import type { GuestConsole } from './console.ts';
import type { Heap } from './heap.ts';
import type { PendingCall } from './kernels/personality.ts';

/** A whole guest, to go back to. */
export interface GuestState {
  readonly machine: ReturnType<Machine['snapshot']>;
  readonly personality: unknown;
  readonly clock: ReturnType<Clock<PendingCall>['snapshot']>;
  readonly heap: ReturnType<Heap['snapshot']>;
  readonly console: ReturnType<GuestConsole['snapshot']>;
  readonly called: readonly string[];
  /** Up to where the kernel around it has taken memory of its own. */
  readonly reserved: bigint;
}
