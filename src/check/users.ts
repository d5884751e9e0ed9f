import { isPossible, LAST_CALLS, uncalledFunctions } from '../bench/index.ts';
import type { Guest } from '../guest/index.ts';
import { type GuestEvent, isGuestEvent, type PlannedEvent, parseEvent } from '../plan/index.ts';

/** What users of a driver do: keys and values, sysctl(9), files. */
const USER_CALLS: readonly string[] = [
  'guest.kv write guestinfo.vmtbench 1',
  'guest.kv read guestinfo.vmtbench',
  'guest.sysctl',
  'guest.file read 4096',
  'guest.file read 4',
];

/**
 * The runs in which users call the driver, once for each thing that it can be called for: one run with all of them in
 * the last second and a shutdown at its end, and one more for each function behind which nothing can be called.
 * @param until virtual nanoseconds: the end of each run.
 */
export function userRuns(guest: Guest, until: number): PlannedEvent[][] {
  const uncalled = uncalledFunctions(guest);
  const [last, others] = [true, false].map((isLast) => uncalled.filter((name) => LAST_CALLS.includes(name) === isLast));
  const frames = (others ?? []).map((name) => `guest.frame ${name}`);
  const end = `at=${until / 1e9}s`;
  const runs = [
    [...[...USER_CALLS, ...frames].map((event) => `at=${until / 1e9 - 1}s ${event}`), `${end} guest.shutdown`],
    ...(last ?? []).map((name) => [`${end} guest.frame ${name}`]),
  ];
  const possible = ({ event }: PlannedEvent): boolean => isGuestEvent(event) && isPossible(guest, event);
  return runs.map((lines) => lines.map(parseEvent).filter(possible)).filter((events) => events.length > 0);
}

/** The event with which each run of a check ends, where the driver can be taken out. */
export const UNLOAD: GuestEvent = { name: 'guest.unload', text: '' };

/** @param until virtual nanoseconds. */
export const unloadAt = (until: number): PlannedEvent => parseEvent(`at=${until / 1e9}s ${UNLOAD.name}`);

/** Without it: a machine that is shut down still has its driver. */
export const withoutUnload = (events: readonly PlannedEvent[]): PlannedEvent[] =>
  events.filter(({ event }) => event.name !== UNLOAD.name);

/** The same calls in the middle of a run without a plan of the user's: the check injects into them, too. */
export function usualCalls(guest: Guest): PlannedEvent[] {
  const events = USER_CALLS.map((call, index) => parseEvent(`at=${35 + index}s ${call}`));
  return events.filter(({ event }) => isGuestEvent(event) && isPossible(guest, event));
}
