import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, type BenchOptions, type RunOptions, run } from '../../../src/bench/index.ts';
import type { AccessFact, Finding } from '../../../src/judge/index.ts';
import type { Invariant } from '../../../src/judge/invariants/index.ts';
import { noLeak } from '../../../src/judge/invariants/no-leak.ts';
import { parseObject } from '../../../src/object/index.ts';
import { parseEvent, parseFault, parseTime } from '../../../src/plan/index.ts';
import { resolveHostOptions } from '../../../src/tclo-host/index.ts';

/** The rule `noLeak`, which a run is judged by where it is asked to. */

interface Plan {
  readonly for?: string;
  readonly events?: readonly string[];
  readonly faults?: readonly string[];
  readonly host?: BenchOptions['host'];
  readonly plain?: boolean;
}

function judge(name: string, plan: Plan = {}): { leaks: Finding[]; others: Finding[]; notes: readonly string[] } {
  const object = parseObject(readFileSync(`fixtures/kernels/${name}.o`), name);
  const bench = new Bench({
    object,
    events: (plan.events ?? []).map(parseEvent),
    faults: (plan.faults ?? []).map(parseFault),
    ...(plan.host === undefined ? {} : { host: plan.host }),
  });
  const options: RunOptions = { until: parseTime(plan.for ?? '3m') };
  try {
    const { findings, notes } = run(bench, plan.plain === true ? options : { ...options, invariants: ['noLeak'] });
    const leaks = findings.filter(({ invariant }) => invariant === 'noLeak');
    return { leaks, others: findings.filter((finding) => !leaks.includes(finding)), notes };
  } finally {
    bench.close();
  }
}

const CONTEXT = {
  host: resolveHostOptions(),
  kernel: 'openbsd',
  kernelFacts: { shutsDriversDown: true, driversKeepTclo: true },
  lastAccesses: () => [],
  where: (address: bigint) => `${address}`,
} as const;

const fact = (at: number, step: 'open' | 'send' | 'close', outcome: AccessFact['outcome'] = 'ok'): AccessFact => ({
  at,
  pc: 0x1234n,
  calls: [],
  port: 0x5658,
  command: 0x1e,
  call: { protocol: 'rpci', step, channel: step === 'open' ? null : 3, command: null },
  outcome,
  fault: null,
  violation: null,
  answer: null,
});

function open(rule: Invariant, at: number): void {
  rule.hostEvent?.({ at, kind: 'open', channel: 3, text: '' });
  rule.access?.(fact(at, 'open'));
}

const machines = ['amd64', 'i386'] as const;
const FAILED_ATTACH = ['rpci.receive nth=1 checkpoint'];

describe.each(machines)('what is lost, %s', (machine) => {
  it('a heap block in the NIC task: more between two idle moments', () => {
    const { leaks, others } = judge(`planted/leak-${machine}`);
    expect(others).toEqual([]);
    expect(leaks).toMatchObject([{ kind: 'invariant', function: 'vmt_nicinfo_task', line: 'leak.c:14' }]);
    expect(leaks[0]?.title).toMatch(/^\d+ heap blocks \(\d+ bytes\) more between [\d.]+s and [\d.]+s$/);
  });

  it('the TCLO channel after an attach that failed, unpatched', () => {
    const { leaks, others } = judge(`vmt-unpatched-${machine}`, { faults: FAILED_ATTACH });
    expect(leaks.map(({ title }) => title)).toEqual(['a channel is left open after an attach that failed']);
    expect(leaks[0]?.function).toBe('vm_rpc_open');
    expect(leaks[0]?.explanation).toContain('TCLO, opened at 0.000003s');
    expect(others.map(({ invariant }) => invariant)).toEqual(['recovers']);
  });

  it('nothing after an attach that failed, patched', () => {
    expect(judge(`vmt-patched-${machine}`, { faults: FAILED_ATTACH }).leaks).toEqual([]);
  });

  it('is not asked of a plain run', () => {
    expect(judge(`planted/leak-${machine}`, { plain: true }).leaks).toEqual([]);
    expect(judge(`vmt-unpatched-${machine}`, { plain: true, faults: FAILED_ATTACH }).leaks).toEqual([]);
  });
});

const DRIVERS = ['vmt', 'vmt-netbsd', 'vmt-freebsd'].flatMap((face) => machines.map((m) => `${face}-patched-${m}`));

describe.each(DRIVERS)('%s loses nothing', (driver) => {
  it.each<[string, Plan]>([
    ['left alone', {}],
    ['shut down', { events: ['at=40s halt'] }],
    ['suspended, and its channel broken', { for: '5m', events: ['at=40s suspend', 'at=100s tclo.break'] }],
    ['with requests that fail', { for: '5m', faults: ['rpci.send nth=4 refuse', 'rpci.status nth=30 break'] }],
    [
      'where the host refuses to close a broken channel',
      { events: ['at=40s tclo.break'], host: { closeBroken: 'refuse' } },
    ],
    ['where its attach fails', { faults: FAILED_ATTACH }],
  ])('%s', (_, plan) => {
    const { leaks, notes } = judge(driver, plan);
    expect(leaks).toEqual([]);
    expect(notes.filter((note) => note.startsWith('noLeak is undecided'))).toEqual([]);
  });
});

/** FreeBSD's face never answers broadcastIP, behind which a whole session's OS_Halt would wait. */
const SHUTDOWNS: Plan = { events: ['at=5s halt'], host: { session: 'resetOnly' } };

describe.each(machines)('a shutdown, %s', (machine) => {
  it.each(['vmt-patched', 'vmt-netbsd-patched', 'vmt-freebsd-patched'])('%s closes its channel', (driver) => {
    expect(judge(`${driver}-${machine}`, SHUTDOWNS)).toEqual({ leaks: [], others: [], notes: [] });
  });

  it.each(['planted/goodbye', 'planted/goodbye-netbsd', 'planted/goodbye-freebsd', 'vmt-freebsd-unpatched'])(
    '%s leaves it open',
    (driver) => {
      const { leaks, others } = judge(`${driver}-${machine}`, SHUTDOWNS);
      expect(others).toEqual([]);
      expect(leaks).toMatchObject([{ title: 'a channel is left open after the shutdown', function: 'vm_rpc_open' }]);
      expect(leaks[0]?.explanation).toMatch(/^TCLO, opened at /);
    },
  );
});

describe('noLeak', () => {
  it('is undecided where the run has no two idle moments', () => {
    expect(judge('planted/leak-amd64', { for: '60s' }).notes).toContainEqual(
      expect.stringMatching(/^noLeak is undecided: in 60(\.\d+)?s there were no two idle moments 60 s apart$/),
    );
  });

  it.each([
    ['forgotten', [], 'a channel is left open and unused between 30.000000s and 90.000000s'],
    ['used again and again', [fact(30e9, 'send'), fact(70e9, 'send')], null],
    ['that the host did not close when asked', [fact(2e9, 'close', 'refused')], null],
  ] as const)('judges a channel %s', (_, facts, title) => {
    const rule = noLeak(CONTEXT);
    rule.booted?.(true, []);
    open(rule, 1e9);
    for (const one of facts) rule.access?.(one);
    for (const at of [10e9, 40e9, 99e9, 100e9]) rule.idle?.(at, []);
    const { verdicts } = rule.judge({ at: 101e9, early: false, halted: false, blocks: [] });
    expect(verdicts.map((verdict) => verdict.title)).toEqual(title === null ? [] : [title]);
  });

  it('compares the state of a guest that sleeps between two idle moments', () => {
    const rule = noLeak(CONTEXT);
    const block = { address: 0x10n, size: 8, by: 0x20n };
    rule.booted?.(true, []);
    rule.idle?.(1e9, []);
    rule.hostEvent?.({ at: 40e9, kind: 'event', text: 'backup' });
    rule.idle?.(41e9, [block]);
    const judge = (at: number) => rule.judge({ at, early: false, halted: false, blocks: [block] });
    expect(judge(50e9).undecided).toContain('no two idle moments');
    expect(judge(101e9)).toEqual({
      verdicts: [expect.objectContaining({ title: '1 heap block (8 bytes) more between 30.000000s and 90.000000s' })],
    });
  });

  it('reports what an unload leaves, and nothing where all is given back', () => {
    const judge = (blocks: { address: bigint; size: number; by: bigint }[], closes: boolean) => {
      const rule = noLeak(CONTEXT);
      rule.booted?.(true, []);
      open(rule, 1e9);
      rule.hostEvent?.({ at: 9e9, kind: 'event', text: 'guest.unload ' });
      if (closes) rule.hostEvent?.({ at: 9e9, kind: 'close', channel: 3, text: '' });
      return rule.judge({ at: 9e9, early: false, halted: false, blocks }).verdicts.map(({ title }) => title);
    };
    expect(judge([{ address: 0x10n, size: 8, by: 0x20n }], false)).toEqual([
      'a channel is left open after the unload',
      '1 heap block (8 bytes) left after the unload',
    ]);
    expect(judge([], true)).toEqual([]);
  });

  it('reports a TCLO channel of a successful attach that is never polled', () => {
    const rule = noLeak(CONTEXT);
    rule.hostEvent?.({ at: 1e9, kind: 'open', channel: 3, text: '' });
    rule.access?.({ ...fact(1e9, 'open'), call: { protocol: 'tclo', step: 'open', channel: null, command: null } });
    rule.booted?.(true, []);
    rule.idle?.(1e9, []);
    const { verdicts } = rule.judge({ at: 100e9, early: false, halted: false, blocks: [] });
    expect(verdicts).toMatchObject([{ title: expect.stringContaining('a channel is left open and unused') }]);
  });

  it('leaves alone a channel that a successful attach opened', () => {
    const rule = noLeak(CONTEXT);
    open(rule, 1);
    rule.booted?.(true, []);
    for (const at of [40e9, 100e9]) rule.idle?.(at, []);
    expect(rule.judge({ at: 101e9, early: false, halted: false, blocks: [] }).verdicts).toEqual([]);
  });

  it('asks for closed channels after a shutdown', () => {
    const rule = noLeak(CONTEXT);
    rule.booted?.(true, []);
    open(rule, 1e9);
    const { verdicts } = rule.judge({ at: 2e9, early: true, halted: true, blocks: [] });
    expect(verdicts.map(({ title, address }) => [title, address])).toEqual([
      ['a channel is left open after the shutdown', 0x1234n],
    ]);
  });
});
