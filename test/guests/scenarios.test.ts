import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  Bench,
  benchOptionsOf,
  loadScenario,
  mergeScenarios,
  NO_SCENARIO,
  parseObject,
  type RunReport,
  run,
  runOptionsOf,
  type Scenario,
  shippedScenarios,
} from '../../src/index.ts';

/**
 * What the scenarios that come with the package find in the two drivers of the story: the rules that each breaks.
 * `expected` is something else that a driver which gets everything right shows.
 */
const FOUND: Readonly<Record<string, { readonly unpatched: string[]; readonly patched: string[] }>> = {
  'a-day': { unpatched: ['noLostEvent'], patched: ['noLostEvent'] },
  'address-change': { unpatched: ['recovers', 'quiet', 'expected'], patched: [] },
  backup: { unpatched: [], patched: [] },
  'dead-channel': { unpatched: ['recovers', 'quiet', 'expected'], patched: [] },
  'deadly-greeting': { unpatched: ['recovers', 'quiet', 'noLostEvent'], patched: [] },
  'failed-attach': { unpatched: ['recovers', 'noLeak'], patched: ['recovers'] },
  healthy: { unpatched: [], patched: [] },
  'lost-report': { unpatched: ['noLostEvent'], patched: ['noLostEvent'] },
  migration: { unpatched: [], patched: [] },
  'one-checkpoint': { unpatched: ['recovers', 'quiet', 'noLostEvent'], patched: ['noLostEvent'] },
  'power-off': { unpatched: [], patched: [] },
  reboot: { unpatched: [], patched: [] },
  'refused-ping': { unpatched: ['recovers', 'quiet', 'noLostEvent', 'expected'], patched: [] },
  'rpci-held-back': { unpatched: ['recovers', 'expected'], patched: ['recovers', 'expected'] },
  snapshot: { unpatched: [], patched: [] },
  'suspend-resume': { unpatched: [], patched: [] },
  'two-owners': { unpatched: ['recovers', 'quiet'], patched: [] },
  'unclosable-channel': { unpatched: ['recovers', 'quiet'], patched: ['recovers', 'quiet'] },
};

/** A whole day is for the long tests; all that happens in it happens by 20:30. */
const HURRIED: Readonly<Record<string, Scenario>> = {
  'a-day': hasten(loadScenario('a-day'), 24),
};

/** The same events, and the end, so many times sooner. */
function hasten(scenario: Scenario, times: number): Scenario {
  const events = scenario.events.map((event) => {
    const { when } = event;
    return when.kind === 'at' || when.kind === 'every' ? { ...event, when: { ...when, ns: when.ns / times } } : event;
  });
  return { ...scenario, events, for: `${24 / times}h` };
}

function play(scenario: Scenario, object: string): RunReport {
  const bytes = readFileSync(`fixtures/kernels/${object}.o`);
  const bench = new Bench({ object: parseObject(bytes, object), ...benchOptionsOf(scenario) });
  try {
    return run(bench, runOptionsOf(scenario));
  } finally {
    bench.close();
  }
}

const rulesOf = ({ findings }: RunReport): string[] => [
  ...new Set(findings.map(({ invariant, kind }) => invariant ?? kind)),
];

it('there is a row for every scenario', () => {
  expect(Object.keys(FOUND)).toEqual(shippedScenarios());
});

describe.each(shippedScenarios())('%s', (name) => {
  const scenario = HURRIED[name] ?? loadScenario(name);

  it('says in one line what it is about, and what a driver should show', () => {
    expect(scenario.title).toMatch(/^.{10,80}$/);
    expect(scenario.expect.length).toBeGreaterThan(0);
    expect(scenario.kernel).toBeUndefined();
  });

  it.each(['amd64', 'i386'])('finds in the drivers of %s what they are known for', (machine) => {
    for (const driver of ['unpatched', 'patched'] as const) {
      const report = play(scenario, `vmt-${driver}-${machine}`);
      expect([driver, rulesOf(report)]).toEqual([driver, FOUND[name]?.[driver]]);
      // Everything that it plans comes about; in a driver that has given up some of it cannot.
      if (report.findings.length === 0) expect(report.strict).toEqual([]);
    }
  });

  it.each(['amd64', 'i386'])('has nothing against the driver of %s that gets everything right', (machine) => {
    const report = play(scenario, `vmt-hardened-${machine}`);
    expect([report.findings.map(({ title }) => title), report.strict]).toEqual([[], []]);
  });
});

describe('the drivers with other faces', () => {
  it.each(['dead-channel', 'refused-ping', 'one-checkpoint', 'two-owners', 'address-change'])(
    '%s tells the two of NetBSD apart, too',
    (name) => {
      const scenario = loadScenario(name);
      expect(rulesOf(play(scenario, 'vmt-netbsd-unpatched-amd64'))).toContain('recovers');
      expect(rulesOf(play(scenario, 'vmt-netbsd-patched-i386'))).toEqual(FOUND[name]?.patched);
    },
  );
});

it('a scenario upon a scenario: lists are added, values are the later one’s', () => {
  const over = { ...NO_SCENARIO, host: { closeBroken: 'refuse' }, for: '50s' } as const;
  const report = play(mergeScenarios(loadScenario('dead-channel'), over), 'vmt-patched-amd64');
  expect(report.virtualSeconds).toBeCloseTo(50, 1);
  expect(rulesOf(report)).toEqual(['recovers', 'quiet', 'expected']);
});
