import { readFileSync } from 'node:fs';
import { Bench, type RunReport, run } from '../../src/bench/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent } from '../../src/plan/index.ts';
import { randomEvents } from '../support/random-events.ts';

/** The patched drivers: each face, each machine. */
export const SOUND_DRIVERS: readonly string[] = ['vmt', 'vmt-netbsd', 'vmt-freebsd'].flatMap((face) => [
  `${face}-patched-amd64`,
  `${face}-patched-i386`,
]);

/** What these drivers do get wrong: they do not receive again what a checkpoint hit. */
const KNOWN = 'the report of OS_Suspend is lost';

/** The findings that a sound driver has no excuse for, to be compared with none. */
export const unexcused = ({ findings }: RunReport): string[][] =>
  findings.filter(({ title }) => title !== KNOWN).map(({ title, explanation }) => [title, explanation]);

/** Hours of virtual time with random host events, judged by all rules. */
export function advance(driver: string, hours: number, seed: number): RunReport {
  const object = parseObject(readFileSync(`fixtures/kernels/${driver}.o`), driver);
  // FreeBSD's never answers broadcastIP, and the whole session has that in it.
  const [host, unwanted] = driver.includes('freebsd')
    ? [{ session: 'resetOnly' } as const, /broadcastIP/i]
    : [{}, null];
  const bench = new Bench({ object, host, events: randomEvents(hours, seed, unwanted).map(parseEvent), seed });
  try {
    return run(bench, { until: hours * 3600e9, invariants: ['noLeak', 'noLostEvent'] });
  } finally {
    bench.close();
  }
}
