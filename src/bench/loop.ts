import type { Fact } from '../judge/index.ts';
import type { Bench } from './bench.ts';
import type { IdleState } from './idle-state.ts';

/** What a guest does again and again as long as nothing else is due. */
export interface Loop {
  /** Virtual nanoseconds of one turn. */
  readonly period: number;
  /** Turns that are left before anything else is due. */
  readonly turns: number;
}

/**
 * Whether a bench that went from one moment to the next will do the same again: the guest's next alarm was armed anew,
 * nothing else has changed, nobody told the guest the time, and no part of the bench waits for a time in between.
 * @param until virtual nanoseconds that the bench is to run.
 */
export function loopBetween(bench: Bench, before: IdleState, after: IdleState, until: number): Loop | null {
  const period = after.now - before.now;
  if (period <= 0 || before.state !== after.state) return null;
  if (bench.guest.machine.timeRead || bench.host.timeRead || isPlanned(bench)) return null;
  const [wasDue, ...others] = before.due;
  const [isDue, ...rest] = after.due;
  if (wasDue !== before.now || isDue !== after.now || others.some((at, index) => at !== rest[index])) return null;
  const turns = Math.ceil((nextChange(bench, rest, until) - after.now) / period) - 1;
  return turns > 0 ? { period, turns } : null;
}

/** What is planned may wait for a time, or count accesses. */
const isPlanned = ({ plan, preemptions }: Bench): boolean =>
  plan.faults.length > 0 || preemptions.preemptions.length > 0;

/** When something else than the guest's next alarm is due: at that time, and later, nothing is known. */
function nextChange({ host, schedule, now }: Bench, others: readonly number[], until: number): number {
  const stalls = host.future().channels.map((channel) => channel?.stalledUntil ?? 0);
  const known = [host.nextDeadline(), schedule.nextDeadline()].filter((at) => at !== null);
  return Math.min(until, ...others, ...known, ...stalls.filter((at) => at > now));
}

/** The moment some time later in a loop. */
export const laterIn = ({ now, due: [next = 0, ...others], state }: IdleState, nanoseconds: number): IdleState => ({
  now: now + nanoseconds,
  due: [next + nanoseconds, ...others],
  state,
});

/** The same fact some time later, in virtual nanoseconds; null for one that no loop has. */
export function laterFact(fact: Fact, nanoseconds: number): Fact | null {
  switch (fact[0]) {
    case 'access':
      return ['access', { ...fact[1], at: fact[1].at + nanoseconds }];
    case 'console':
      return ['console', { ...fact[1], at: fact[1].at + nanoseconds }];
    case 'hostEvent':
      return ['hostEvent', { ...fact[1], at: fact[1].at + nanoseconds }];
    case 'idle':
      return ['idle', fact[1] + nanoseconds, fact[2]];
    default:
      return null;
  }
}
