import { readFileSync } from 'node:fs';
import { repeatRun } from '../../src/bench/index.ts';
import type { Bucket } from '../../src/check/buckets.ts';
import type { CampaignReport, Cause, CheckFinding, Subject } from '../../src/check/index.ts';
import type { AccessFact, Finding } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';

type Call = NonNullable<AccessFact['call']>;

/** A port access at a virtual time. @param call null: no message call. */
export function accessAt(at: number, call: Partial<Call> | null, more: Partial<AccessFact> = {}): AccessFact {
  const whole = call === null ? null : { protocol: 'tclo', step: 'sendsize', channel: 0, command: null, ...call };
  return {
    at,
    pc: 0x1000n,
    calls: [],
    port: 0x5658,
    command: 30,
    call: whole as Call | null,
    outcome: 'ok',
    fault: null,
    violation: null,
    answer: null,
    ...more,
  };
}

export const FINDING: Finding = {
  kind: 'invariant',
  invariant: 'recovers',
  title: 'the guest never recovers',
  explanation: 'It polls no more.',
  address: '0x1000',
  line: 'vmt_rpc.c:7',
  stack: [],
  lastAccesses: ['1.000000s tclo.sendsize #0: refused'],
  plan: { kernel: 'openbsd', for: '60s', host: {}, events: [], faults: [], seed: 0 },
  repeat: 'vmtbench run vmt.o --for 60s',
};

export const checkFinding = (more: Partial<CheckFinding> = {}): CheckFinding => ({
  ...FINDING,
  cause: 'recovers: it is silent',
  symptom: 'recovers: it is silent',
  console: [],
  runs: 1,
  triggers: { 'tclo.send break': 1 },
  occurrences: { 'tclo.send break': '3' },
  ...more,
});

export const cause = (name: string): Cause => ({ cause: name, name, function: 'vmt_tick', line: 'vmt.c:12' });

export const bucket = (more: Partial<Bucket> = {}): Bucket => ({
  cause: cause('a'),
  symptom: 'a',
  size: 2,
  order: 0,
  rank: 0,
  evidence: 'seen',
  finding: FINDING,
  console: [],
  ...more,
});

/** A driver without planned events, of which a check injects into the attach alone. */
export function subjectOfFixture(name: string, more: Partial<Subject> = {}): Subject {
  const path = `fixtures/kernels/${name}.o`;
  return {
    bench: { object: parseObject(readFileSync(path), name) },
    variants: [{}],
    before: 1e6,
    until: 35e9,
    for: '35s',
    sharing: true,
    repeat: (plan, rules) => repeatRun(path, plan, rules),
    ...more,
  };
}

/** What of a report does not depend on sharing or on workers. */
export function comparable(report: CampaignReport & { readonly seconds?: number }): object {
  const { executed, shared, seconds, ...rest } = report;
  return rest;
}
