import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, run } from '../../../src/bench/index.ts';
import {
  INVARIANTS,
  type InvariantChoice,
  type InvariantFactory,
  Recorder,
  replayFacts,
} from '../../../src/judge/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import { parseEvent } from '../../../src/plan/index.ts';
import { resolveHostOptions } from '../../../src/tclo-host/index.ts';
import { runJson, vmtbench } from '../../support/cli.ts';
import { judge } from './judge.ts';

/** Rules that a user picks, and rules of a user's own. */

const DRIVER = 'vmt-patched-amd64';
const OBJECT = `fixtures/kernels/${DRIVER}.o`;
const SUSPEND = ['at=5s suspend'];
const LOST = 'the report of OS_Suspend is lost';

describe("a rule of one's own", () => {
  const reported: string[] = [];
  const nothingSent: InvariantFactory = ({ host, kernel, lastAccesses }) => {
    let sends = 0;
    return {
      booted: (alive) => void reported.push(`booted ${alive} ${kernel} ${host.session}`),
      access({ call }) {
        if (call?.step === 'send') sends += 1;
      },
      idle: () => void (reported.at(-1) === 'idle' || reported.push('idle')),
      judge({ halted }) {
        reported.push(`judge ${halted}`);
        const accesses = lastAccesses();
        const verdict = { title: `${sends} messages sent`, explanation: 'None was wanted.', address: null, stack: [] };
        return { verdicts: [{ kind: 'invariant', invariant: 'nothingSent', ...verdict, accesses }], undecided: 'odd' };
      },
    };
  };

  it('gets the facts, and its verdict becomes a finding with place, accesses and repeat command', () => {
    const { findings, notes } = judge(DRIVER, { for: '5s' }, [nothingSent]);
    expect(reported).toEqual(['booted true openbsd full', 'idle', 'judge false']);
    expect(notes).toContain('odd');
    expect(findings).toMatchObject([
      { invariant: 'nothingSent', title: expect.stringMatching(/^\d\d messages sent$/) },
    ]);
    const [{ line, lastAccesses, repeat } = { line: '', lastAccesses: [], repeat: '' }] = findings;
    expect(line).toMatch(/^vmt_\w+\.c:\d+$/);
    expect(lastAccesses.length).toBe(8);
    expect(repeat).toBe(`vmtbench run ${DRIVER} --for 5s --kernel openbsd`);
  });

  it('stands beside those that are asked for by name, each of them once', () => {
    const choices: InvariantChoice[] = ['noLostEvent', 'recovers', 'hang', 'noLostEvent', nothingSent, nothingSent];
    const { findings } = judge(DRIVER, { events: SUSPEND }, choices);
    expect(findings.map(({ invariant }) => invariant)).toEqual(['noLostEvent', 'nothingSent']);
    expect(findings[0]?.repeat).toContain('--invariant noLostEvent --invariant recovers --invariant hang');
  });

  it('with a name that no rule has is an error', () => {
    expect(() => judge(DRIVER, {}, ['noLoss' as 'noLeak'])).toThrow('there is no invariant noLoss');
  });
});

describe('vmtbench run --invariant', () => {
  it('asks for what is else not asked for; the command in the finding does too', async () => {
    const plain = await runJson(OBJECT, '--event', ...SUSPEND);
    expect([plain.findings, plain.status]).toEqual([[], 0]);
    const asked = await runJson(OBJECT, '--event', ...SUSPEND, '--invariant', 'noLostEvent', '--invariant', 'noLeak');
    expect([asked.findings.map(({ title }) => title), asked.status]).toEqual([[LOST], 1]);
    expect(asked.findings[0]?.repeat).toContain('--invariant noLostEvent --invariant noLeak');
  });

  it('refuses a name that no rule has', async () => {
    const { status, stderr } = await vmtbench('run', OBJECT, '--invariant', 'noLoss');
    expect(status).toBe(2);
    expect(stderr).toContain(Object.keys(INVARIANTS).join(', '));
  });
});

it('a rule judges what was recorded as it judges the run itself', () => {
  const bench = new Bench({ object: parseObject(readFileSync(OBJECT), DRIVER), events: SUSPEND.map(parseEvent) });
  const recorder = new Recorder();
  bench.watchers.push(recorder);
  const { findings } = run(bench, { until: 60e9, invariants: ['noLostEvent'] });
  const blocks = bench.guest.heap.live;
  bench.close();
  const facts = structuredClone(recorder.take());
  const context = {
    host: resolveHostOptions(),
    kernel: 'openbsd',
    kernelFacts: { shutsDriversDown: true, driversKeepTclo: true },
    lastAccesses: () => [],
    where: (address: bigint) => `${address}`,
  } as const;
  for (const row of [INVARIANTS.recovers, INVARIANTS.quiet, INVARIANTS.noLostEvent]) {
    const rule = row.create?.(context);
    if (rule === undefined) throw new Error('no rule');
    replayFacts(facts, rule);
    const { verdicts } = rule.judge({ at: 60e9, early: false, halted: false, blocks });
    const own = findings.filter(({ invariant }) => invariant === 'noLostEvent' && row === INVARIANTS.noLostEvent);
    expect(verdicts.map(({ title, explanation }) => [title, explanation])).toEqual(
      own.map(({ title, explanation }) => [title, explanation]),
    );
  }
});
