import type { Alarm, GuestOutcome, PendingCall } from '../../guest/index.ts';
import { calloutOf, performCallout } from '../common/callouts.ts';
import { enterLock, exitLock, isHeld } from '../common/locking.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { isFree, lockMutex, unlockMutex, wordOf } from './locks.ts';
import { markRunning } from './time.ts';

/** sys/callout.h: the handler gives the lock back itself; it is taken as by a reader. */
const CALLOUT_RETURNUNLOCKED = 0x10;
const CALLOUT_SHAREDLOCK = 0x20;

/** Whether nobody holds the callout's lock, if it has one: its thread would wait for that. */
export function calloutMayBegin(kernel: FreeBsdKernel, callout: bigint): boolean {
  const lock = kernel.callouts.get(callout)?.lock ?? 0n;
  if (lock === 0n) return true;
  const word = wordOf(kernel, lock);
  return kernel.rwlocks.has(word) ? !isHeld(kernel, word) : isFree(kernel, word);
}

/** A callout with a lock runs with that lock held. */
export function runCallout(kernel: FreeBsdKernel, alarm: Alarm<PendingCall>): GuestOutcome | null {
  const callout = calloutOf(alarm);
  const { lock = 0n, flags = 0 } = kernel.callouts.get(callout) ?? {};
  markRunning(kernel, callout);
  if (lock === 0n) return performCallout(kernel, alarm);
  const word = wordOf(kernel, lock);
  const rwlock = kernel.rwlocks.has(word);
  if (rwlock) enterLock(kernel, 'softclock', word, (flags & CALLOUT_SHAREDLOCK) !== 0);
  else lockMutex(kernel, word);
  const outcome = performCallout(kernel, alarm);
  if (outcome !== null || (flags & CALLOUT_RETURNUNLOCKED) !== 0) return outcome;
  if (rwlock) exitLock(kernel, 'softclock', word);
  else unlockMutex(kernel, word);
  return null;
}
