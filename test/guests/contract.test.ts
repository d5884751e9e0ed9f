import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, run } from '../../src/bench/index.ts';
import { check } from '../../src/check/index.ts';
import type { Finding } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent } from '../../src/plan/index.ts';

const MACHINES = ['amd64', 'i386'] as const;
const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);

const objectOf = (name: string) => parseObject(readFileSync(`fixtures/kernels/${name}.o`), name);

/** All that guest and host said to each other in two minutes, with a suspend and a backup. */
function conversation(name: string, unspecified: number): string[] {
  const events = ['at=10s suspend quiet', 'at=25s backup'].map(parseEvent);
  const bench = new Bench({ object: objectOf(name), host: { unspecified }, events });
  const lines: string[] = [];
  bench.watchers.push({
    access: ({ at, pc, port, command, call, outcome }) => {
      lines.push([at, pc, port, command, call?.step, call?.channel, call?.command, outcome].join(' '));
    },
    console: ({ at, text }) => lines.push(`${at} ${text}`),
    hostEvent: ({ at, kind, text }) => lines.push(`${at} ${kind} ${text}`),
  });
  try {
    const { findings } = run(bench, { until: 120e9 });
    return [...lines, ...findings.map(({ title }) => title)];
  } finally {
    bench.close();
  }
}

describe('fifty seeds of unspecified are fifty equal conversations', () => {
  it.each(MACHINES)('of the sound driver, %s', (machine) => {
    const usual = conversation(`vmt-patched-${machine}`, 0);
    expect(usual.length).toBeGreaterThan(300);
    for (const seed of SEEDS) expect(conversation(`vmt-patched-${machine}`, seed)).toEqual(usual);
  });

  it.each(MACHINES.flatMap((machine) => [`sequence/right-${machine}`, `vmt-hardened-${machine}`]))('of %s', (name) => {
    const usual = conversation(name, 0);
    for (const seed of SEEDS.slice(0, 5)) expect(conversation(name, seed)).toEqual(usual);
  });
});

/** The driver that looks at an open output, what it looks at, and the function that makes the call. */
const FORMS: readonly (readonly [form: string, title: string])[] = [
  ['success-in-ax', 'the guest depends on EAX of rpci.sendsize, which the protocol leaves open'],
  ['type-in-dx', 'the guest depends on the low half of EDX of rpci.recvsize, which the protocol leaves open'],
  ['length-for-message', 'the guest depends on EBX of tclo.recvsize, which the protocol leaves open'],
];

const findingsOf = (form: string, unspecified: number): readonly Finding[] => {
  const bench = new Bench({ object: objectOf(`sequence/${form}`), host: { unspecified } });
  try {
    return run(bench, { until: 60e9 }).findings;
  } finally {
    bench.close();
  }
};

describe.each(MACHINES)('a guest that depends on an open output, %s', (machine) => {
  it.each(FORMS)('%s is clean at the usual host', (form) => {
    expect(findingsOf(`${form}-${machine}`, 0)).toEqual([]);
  });

  it.each(FORMS)('%s is found by run with a seed, with register, step and line', (form, title) => {
    for (const seed of [1, 2, 77]) {
      const finding = findingsOf(`${form}-${machine}`, seed).find(({ invariant }) => invariant === 'contract');
      expect(finding).toMatchObject({ title, line: expect.stringMatching(/^vmt_rpc\.c:\d+$/) });
      expect(finding?.explanation).toMatch(
        /^The host answered .* with E[ABD]X 0x.*; with the usual value it goes on with "/,
      );
      expect(finding?.repeat).toContain(`--host unspecified=${seed}`);
    }
  });

  it.each(FORMS)('%s is found by check', async (form, title) => {
    const { findings } = await check({ object: `fixtures/kernels/sequence/${form}-${machine}.o`, maxRuns: 5 });
    const found = findings.filter(({ invariant }) => invariant === 'contract');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ title, triggers: { 'no fault (unspecified=1)': 1 } });
    expect(found[0]?.repeat).toContain('--host unspecified=1');
  });
});

it('check finds no such thing in a sound driver', async () => {
  const { findings } = await check({ object: 'fixtures/kernels/sequence/right-amd64.o', maxRuns: 5 });
  expect(findings.filter(({ invariant }) => invariant === 'contract')).toEqual([]);
});
