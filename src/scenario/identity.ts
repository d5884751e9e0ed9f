import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import { futureOf } from '../tclo-host/index.ts';
import type { Bench } from './bench.ts';

/**
 * Stands for all that decides what a bench does from an idle moment on, as long as no fault strikes any more: two
 * moments of one bench with the same identity go on in the same way. What was printed, logged and counted on the way
 * there is not in it.
 */
export function identityOf({ guest, host, schedule, now }: Bench): string {
  const future = [guest.future(), futureOf(host.snapshot(), now), schedule.snapshot()];
  return createHash('md5').update(serialize(future)).digest('hex');
}
