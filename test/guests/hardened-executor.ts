import { readFileSync } from 'node:fs';
import { repeatRun } from '../../src/bench/index.ts';
import type { Bucket } from '../../src/check/buckets.ts';
import { Executor, hostVariants } from '../../src/check/index.ts';
import type { TestCase } from '../../src/check/test-case.ts';
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

export function openLaboratory(driver: string): Executor {
  const path = `fixtures/kernels/${driver}.o`;
  return new Executor({
    bench: { object: parseObject(readFileSync(path), driver), events: EVENTS.map(parseEvent) },
    variants: HOSTS,
    until: UNTIL,
    for: `${UNTIL / 1e9}s`,
    repeat: (plan, rules) => repeatRun(path, plan, rules),
  });
}

/** Every life with one fault, host by host. */
export const everySingle = (executor: Executor): TestCase[] =>
  HOSTS.flatMap((_, variant) =>
    executor
      .sites(variant, BEFORE)
      .flatMap(({ access, kinds }) => kinds.map((kind) => ({ variant, injections: [{ access, kind }] }))),
  ).map((testCase, order) => ({ ...testCase, order }));

/** What is wrong, and how to have it again. */
export const complaints = (buckets: readonly Pick<Bucket, 'finding'>[]): string[] =>
  buckets.map(({ finding }) => `${finding.title}. ${finding.explanation} ${finding.repeat}`);
