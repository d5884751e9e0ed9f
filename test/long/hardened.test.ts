import { expect, test } from 'vitest';
import { complaints, disturb, everyFault, HOSTS } from '../guests/faulty-host.ts';
import { below } from '../support/random-events.ts';

const DRIVERS = ['vmt-hardened-amd64', 'vmt-hardened-i386'];
const PAIRS = 4000;
/** Accesses, of those that its kind means something at, from the first fault to the second. */
const NEAR = 8;

test.each(DRIVERS)('every single fault to %s, from every host', (driver) => {
  let runs = 0;
  const wrong = Object.entries(HOSTS).flatMap(([name, options]) =>
    everyFault(driver, options).flatMap((fault, seed) => {
      runs += 1;
      return complaints(driver, name, [fault], disturb(driver, options, [fault], seed).findings);
    }),
  );
  console.log(`${driver}: ${runs} single faults`);
  expect(wrong).toEqual([]);
});

test.each(DRIVERS)(`${PAIRS} pairs of faults to %s`, (driver) => {
  const seed = Date.now() >>> 0;
  const random = below(seed);
  const hosts = Object.entries(HOSTS).map(([name, options]) => ({
    name,
    options,
    faults: everyFault(driver, options),
  }));
  const wrong = Array.from({ length: PAIRS }, (_, run) => {
    const host = hosts[random(hosts.length)] as (typeof hosts)[number];
    const first = random(host.faults.length);
    const pair = [first, alike(host.faults, first, random)].map((index) => host.faults[index] as string);
    return complaints(driver, host.name, pair, disturb(driver, host.options, pair, run).findings);
  }).flat();
  console.log(`${driver}: ${PAIRS} pairs, seed ${seed}`);
  expect(wrong).toEqual([]);
});

/** Another fault, of any kind, whose place among its own kind is as far on as the first one's, and a little further. */
function alike(faults: readonly string[], first: number, random: (limit: number) => number): number {
  const kinds = [...new Set(faults.map(kindOf))];
  const kind = kinds[random(kinds.length)] as string;
  const own = faults.flatMap((fault, index) => (kindOf(fault) === kind ? [index] : []));
  const of = faults.flatMap((fault, index) => (kindOf(fault) === kindOf(faults[first] as string) ? [index] : []));
  const place = of.indexOf(first) / of.length;
  return own[Math.min(own.length - 1, Math.floor(place * own.length) + random(NEAR))] as number;
}

const kindOf = (fault: string): string => fault.split(' ').at(-1) as string;
