import { readFileSync } from 'node:fs';
import { repeatRun } from '../../src/bench/index.ts';
import type { Discovery } from '../../src/check/discovery.ts';
import { hostVariants, Laboratory } from '../../src/check/index.ts';
import type { Trial } from '../../src/check/trial.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent } from '../../src/plan/index.ts';
import type { HostOptions } from '../../src/tclo-host/index.ts';

/** Hosts that a driver has to survive: those of every check, and two that talk otherwise. */
export const HOSTS: readonly Partial<HostOptions>[] = [
  ...hostVariants({}),
  { highBandwidth: false },
  { messageNul: true, firstPost: 'atOpen' },
];

/** A suspend with its checkpoint is part of every life: state changes are what a guest must not lose. */
const EVENTS = ['at=5s suspend'];
/** Faults strike before it. */
export const BEFORE = 12e9;
/** A suspend that is never reported ends after 32 s; then 30 s to recover, and idle moments 60 s apart. */
const UNTIL = 130e9;

export function openLaboratory(driver: string): Laboratory {
  const path = `fixtures/kernels/${driver}.o`;
  return new Laboratory({
    bench: { object: parseObject(readFileSync(path), driver), events: EVENTS.map(parseEvent) },
    variants: HOSTS,
    until: UNTIL,
    for: `${UNTIL / 1e9}s`,
    repeat: (plan, rules) => repeatRun(path, plan, rules),
  });
}

/** Every life with one fault, host by host. */
export const everySingle = (laboratory: Laboratory): Trial[] =>
  HOSTS.flatMap((_, variant) =>
    laboratory
      .sites(variant, BEFORE)
      .flatMap(({ access, kinds }) => kinds.map((kind) => ({ variant, strikes: [{ access, kind }] }))),
  ).map((trial, order) => ({ ...trial, order }));

/** What is wrong, and how to have it again. */
export const complaints = (discoveries: readonly Pick<Discovery, 'finding'>[]): string[] =>
  discoveries.map(({ finding }) => `${finding.title}. ${finding.explanation} ${finding.repeat}`);
