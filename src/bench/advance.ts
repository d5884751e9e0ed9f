import type { Bench } from './bench.ts';
import { type Ending, explained } from './ending.ts';

/**
 * Boots the guest, with the host running.
 * @returns `over`: it ended during the boot, or found no device.
 */
export function boot(bench: Bench): { readonly over: boolean; readonly ending: Ending } {
  const { guest, watchers } = bench;
  bench.fireEvents();
  bench.facts.answers = true;
  const ending = explained(bench, guest.boot());
  bench.facts.answers = false;
  if (ending === null || ending.kind === 'notAttached') {
    const alive = ending === null && (!guest.kernelFacts.driversTick || guest.nextDeadline() !== null);
    for (const watcher of watchers) watcher.booted?.(alive, guest.heap.live);
  }
  return { over: ending !== null, ending };
}

/**
 * Runs to the next idle state: does everything that is due, planned events and the host first, then the guest; then
 * sets the time to the earliest deadline of them all. `over`: nothing is due before `until`, and the time is that.
 */
export function advance(bench: Bench, until: number): { readonly over: boolean; readonly ending: Ending } {
  const { guest, watchers } = bench;
  for (;;) {
    const next = nextDeadline(bench);
    if (next > bench.now) {
      // Reports a line without a newline now: else the next one, whenever it comes, would be appended to it.
      guest.endLine();
      if (next <= until) for (const watcher of watchers) watcher.idle?.(bench.now, guest.heap.live);
      const over = next > until;
      const time = over ? until : next;
      if (bench.now < time) guest.machine.now = time;
      return { over, ending: null };
    }
    if (next > until) return { over: true, ending: null };
    bench.fireEvents();
    const ending = explained(bench, bench.eventCalls.waits ? bench.eventCalls.step() : guest.step());
    if (ending !== null) return { over: true, ending };
  }
}

/** Advances the time while the guest waits for an access: events and the host run, the guest does not. */
export function passTime(bench: Bench, until: number): void {
  const { guest, host, schedule } = bench;
  for (;;) {
    const next = earliest(host.nextDeadline(), schedule.nextDeadline(), until);
    guest.machine.now = Math.max(bench.now, next);
    bench.fireEvents();
    if (next >= until) return;
  }
}

function nextDeadline({ guest, host, schedule, eventCalls, now }: Bench): number {
  if (eventCalls.waits) return now;
  return earliest(guest.nextDeadline(), host.nextDeadline(), schedule.nextDeadline());
}

const NEVER = Number.POSITIVE_INFINITY;

const earliest = (a: number | null, b: number | null, c: number | null): number =>
  Math.min(a ?? NEVER, b ?? NEVER, c ?? NEVER);
