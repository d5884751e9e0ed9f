import type { NativeContext } from '../cpu/index.ts';
import type { AbiState } from './abi/abi-watch.ts';
import type { GuestOutcome } from './outcome.ts';
import type { FrameState } from './stack-tracer.ts';

/**
 * The context of a call: a process (attach, tasks, threads), or a soft interrupt (timeouts, callouts) that may preempt
 * a process at a port access. Nothing preempts a soft interrupt.
 */
export type Context = 'process' | 'softint';

/** A call into the guest that is under way. */
export interface CallState {
  /** The function that was called. */
  readonly target: bigint;
  readonly context: Context;
  /** What it must keep. */
  readonly abi: AbiState;
  readonly stack: FrameState['stack'];
  /** Blocks of code that it may still run. */
  left: number;
  /** While it does not run: its registers, and where it stands. */
  registers: NativeContext | null;
  frameState: FrameState | null;
  /** What it keeps out: of the kernel's Guard. */
  keeps: unknown;
  /** How it ended; null: it returned. undefined: it has not ended. */
  end: GuestOutcome | null | undefined;
}
