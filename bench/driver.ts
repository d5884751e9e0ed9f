/** One whole life of the driver through the whole stack of the library, from a snapshot taken after its attach. */
import { readFileSync } from 'node:fs';
import { Bench, parseObject } from 'vmtbench';
import { writeImage } from './driver-image.ts';

const SECONDS = 60;

export interface DriverRun {
  /** Goes back to the snapshot and lets the driver live, `n` times: nanoseconds a time. */
  readonly measure: (n: number) => number;
  /** What one such life comes to: every side must print the same, or they were not compared at the same work. */
  readonly work: string;
}

/** @param image where to leave the guest for the counterparts; null: nowhere. */
export function createDriverRun(path: string, image: string | null, checked = true): DriverRun {
  const bench = new Bench({ object: parseObject(readFileSync(path), path), guest: { memoryChecker: checked } });
  const { guest, host } = bench;
  const outcome = guest.boot();
  if (outcome !== null) throw new Error(`the driver did not attach: ${outcome.kind}`);
  const until = Math.ceil(bench.now) + SECONDS * 1e9;
  if (image !== null) writeImage(guest, until, image);
  const start = { guest: guest.snapshot(), host: host.snapshot() };
  const again = (): number => {
    guest.restore(start.guest);
    host.restore(start.host);
    return live(bench, until);
  };
  const told: string[] = [];
  bench.watchers.push({
    happening: ({ kind, text }) => {
      if (kind === 'rpci' || kind === 'reply') told.push(`${kind} ${text}`);
    },
    console: ({ text }) => told.push(`console ${text}`),
  });
  bench.ports.accesses = 0;
  const steps = again();
  bench.watchers.pop();
  const work = [`steps ${steps}`, `accesses ${bench.ports.accesses}`, ...told];
  const measure = (n: number): number => {
    const began = performance.now();
    for (let i = 0; i < n; i++) again();
    return ((performance.now() - began) * 1e6) / n;
  };
  return { measure, work: work.join('\n') };
}

/** @returns how many things the guest's kernel was given the time for. */
function live(bench: Bench, until: number): number {
  const { guest, host } = bench;
  for (let steps = 0; ; steps++) {
    const next = Math.min(guest.nextDeadline() ?? Infinity, host.nextDeadline() ?? Infinity);
    if (next > until) return steps;
    if (next > guest.machine.now) guest.machine.now = next;
    bench.fireEvents();
    const outcome = guest.step();
    if (outcome !== null) throw new Error(`the driver ended: ${outcome.kind}`);
  }
}
