import type { Alarm, GuestOutcome, PendingCall } from '../../guest/index.ts';
import { type BsdKernel, type CalloutHandler, TICK_NS } from './bsd-kernel.ts';

/** callout(9): they run at clock ticks, one of n ticks at the n-th from now, one of no ticks at the next. */

function key(callout: bigint): string {
  return `callout 0x${callout.toString(16)}`;
}

/** The callout that an alarm of the clock belongs to. */
export function calloutOf(alarm: Alarm<PendingCall>): bigint {
  return BigInt(alarm.key.slice('callout '.length));
}

/** A callout that was initialised, with no function yet. */
export function initCallout(k: BsdKernel, callout: bigint, under: Partial<CalloutHandler> = {}): void {
  k.services.clock.disarm(key(callout));
  k.callouts.set(callout, { ...BARE, ...under });
}

const BARE: CalloutHandler = { function: 0n, arg: 0n, lock: 0n, flags: 0, giant: false };

/** Panics and gives false for a callout that was never initialised, or was destroyed. */
export function checkCallout(k: BsdKernel, callout: bigint, caller: string): boolean {
  if (k.callouts.has(callout)) return true;
  k.panic(`${caller}: callout 0x${callout.toString(16)} is not initialised`);
  return false;
}

export function setCallout(k: BsdKernel, callout: bigint, handler: bigint, arg: bigint): void {
  k.callouts.set(callout, { ...(k.callouts.get(callout) ?? BARE), function: handler, arg });
}

/** True if it was pending, and has moved. */
export function armCallout(k: BsdKernel, callout: bigint, ticks: number): boolean {
  const handler = k.callouts.get(callout);
  if (handler === undefined) return false;
  const { clock } = k.services;
  const wasPending = clock.isArmed(key(callout));
  const tick = Math.floor(clock.now / TICK_NS) + Math.max(1, ticks);
  clock.arm(key(callout), tick * TICK_NS, { function: handler.function, args: [handler.arg], context: 'softint' });
  return wasPending;
}

/** True if it was pending. */
export function stopCallout(k: BsdKernel, callout: bigint): boolean {
  return k.services.clock.disarm(key(callout));
}

export function isPending(k: BsdKernel, callout: bigint): boolean {
  return k.services.clock.isArmed(key(callout));
}

/** Calls the function of one whose time has come. */
export function performCallout(k: BsdKernel, alarm: Alarm<PendingCall>): GuestOutcome | null {
  const callout = calloutOf(alarm);
  k.running.set(callout, true);
  const outcome = k.services.perform(alarm.payload);
  k.running.delete(callout);
  return outcome;
}

/**
 * Waits for one that preempted the caller and sleeps; one that waits for the caller is a panic.
 * @returns true: it goes on first, and the stub is called again.
 */
export function awaitCallout(k: BsdKernel, callout: bigint, caller: string): boolean {
  if (!k.running.has(callout)) return false;
  const goesOn = k.services.giveWay();
  if (goesOn === false) {
    k.panic(`${caller}: callout 0x${callout.toString(16)} is running, and waits for a lock of this process: deadlock`);
  }
  return goesOn === true;
}
