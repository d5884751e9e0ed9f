import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  Bench,
  INVARIANTS,
  type InvariantName,
  parseEvent,
  parseFault,
  parseObject,
  parseTime,
  run,
} from '../../../src/index.ts';

/** Faults that last: memory, leaks and floods are judged meanwhile, recovery and lost events from their end on. */

const RULES = Object.keys(INVARIANTS) as InvariantName[];

function judge(name: string, fault: string, until = '180s') {
  const bench = new Bench({
    object: parseObject(readFileSync(`fixtures/kernels/${name}.o`), name),
    events: ['at=10s suspend quiet', 'at=25s backup'].map(parseEvent),
    faults: [parseFault(fault)],
  });
  try {
    const { findings, notes } = run(bench, { until: parseTime(until), invariants: RULES });
    return { findings: findings.map(({ invariant, title }) => `${invariant}: ${title}`), notes };
  } finally {
    bench.close();
  }
}

test.each([
  'rpci.open every refuse',
  'rpci.send from=1s until=50s every checkpoint',
  'tclo.receive from=1s until=50s every checkpoint',
  'tclo.sendsize from=5s until=60s every refuse',
])('a driver that survives single faults survives %s', (fault) => {
  expect(judge('vmt-hardened-amd64', fault).findings).toEqual([]);
});

test('recovery from a fault that never ends is undecided, and from one that ends is not', () => {
  const note = 'recovers is undecided: a fault never ends';
  expect(judge('vmt-hardened-amd64', 'tclo.any every refuse').notes).toContain(note);
  expect(judge('vmt-hardened-amd64', 'tclo.any until=30s every refuse').notes).not.toContain(note);
});

test('a driver that gives up meanwhile is found from the end on', () => {
  const { findings } = judge('vmt-unpatched-amd64', 'tclo.sendsize from=30s until=32s every break');
  expect(findings).toContain('recovers: the guest never recovers its TCLO channel');
});
