import { readFileSync } from 'node:fs';
import { Bench, run } from '../../../src/bench/index.ts';
import type { Finding, InvariantChoice } from '../../../src/judge/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import { parseEvent, parseFault, parseTime } from '../../../src/plan/index.ts';
import type { HostOptions } from '../../../src/tclo-host/index.ts';

/** What a compiled driver is put through. */
export interface Ordeal {
  readonly for?: string;
  readonly events?: readonly string[];
  readonly faults?: readonly string[];
  readonly host?: Partial<HostOptions>;
}

/** The findings and notes of one run of a fixture, judged by these rules beside those of every run. */
export function judge(
  driver: string,
  { for: time = '60s', events = [], faults = [], host = {} }: Ordeal,
  invariants: readonly InvariantChoice[],
): { readonly findings: readonly Finding[]; readonly notes: readonly string[] } {
  const object = parseObject(readFileSync(`fixtures/kernels/${driver}.o`), driver);
  const bench = new Bench({ object, host, events: events.map(parseEvent), faults: faults.map(parseFault) });
  try {
    return run(bench, { until: parseTime(time), invariants });
  } finally {
    bench.close();
  }
}
