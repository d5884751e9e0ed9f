import { describe, expect, it } from 'vitest';
import { INVARIANTS, type InvariantName } from '../../../src/judge/index.ts';
import { judge } from './judge.ts';

/** A fault is judged by what the host did: written as an answer without a name, it has the same verdicts. */

const NAMES = Object.keys(INVARIANTS) as InvariantName[];

/** The status register of a step, with a status word. */
const status = (step: string, word: number): string =>
  step === 'send' || step === 'receive' ? `ebx=${word * 0x10000}` : `eax=0 ecx=${word * 0x10000}`;

const STEPS = ['open', 'sendsize', 'send', 'recvsize', 'receive', 'status', 'close'];

/** Kinds whose answer is a status word, with the steps that they can hit, and what the host does besides. */
const STATUS_KINDS: readonly [kind: string, steps: readonly string[], does: string, word: number][] = [
  ['refuse', STEPS, 'nothing', 0],
  ['checkpoint', ['send', 'receive', 'status'], 'interrupt', 0x10],
  ['closed', STEPS, 'free', 0x04],
  ['timeout', STEPS, 'withdraw', 0x40],
  ['poweroff', STEPS, 'nothing', 0x20],
  ['unsent', ['receive', 'status'], 'withdraw', 0x08],
  ['break', STEPS.slice(1), 'break', 0],
];

const PAIRS: readonly [string, string][] = [
  ...STATUS_KINDS.flatMap(([kind, steps, does, word]) =>
    steps.flatMap((step) =>
      ['rpci', 'tclo'].map((protocol): [string, string] => [
        `${protocol}.${step} ${kind}`,
        `${protocol}.${step} does=${does} ${status(step, word)} registers`,
      ]),
    ),
  ),
  ['rpci.sendsize noHighBandwidth', 'rpci.sendsize ecx=0x10000 registers'],
  ['tclo.sendsize noHighBandwidth', 'tclo.sendsize ecx=0x10000 registers'],
  ['rpci.recvsize noHighBandwidth', 'rpci.recvsize ecx=0x30000 registers'],
  ['tclo.send noHighBandwidth', 'tclo.send does=nothing registers'],
  ['rpci.receive noHighBandwidth', 'rpci.receive does=nothing registers'],
  ['rpci.recvsize wrongLength', 'rpci.recvsize ebx=3 registers'],
  ['rpci.recvsize oversize', 'rpci.recvsize does=fill ebx=0x7fffffff registers'],
  ['tclo.recvsize nth=2 oversize', 'tclo.recvsize nth=2 does=fill ebx=0x7fffffff registers'],
  ['rpci.receive truncate', 'rpci.receive take=1 payload'],
  ['tclo.send truncate', 'tclo.send take=7 payload'],
  ['tclo.recvsize nth=2 stall', 'tclo.recvsize nth=2 does=hide registers'],
];

describe.each(['vmt-unpatched-amd64', 'vmt-netbsd-patched-amd64', 'vmt-hardened-i386'])('%s', (driver) => {
  const verdicts = (fault: string): string[] =>
    judge(driver, { for: '60s', events: ['at=10s suspend quiet'], faults: [fault] }, NAMES).findings.map(
      ({ invariant, title }) => `${invariant}: ${title}`,
    );

  it.each(PAIRS)('%s, as %s', (named, unnamed) => {
    expect(verdicts(unnamed)).toEqual(verdicts(named));
  });
});

describe('what no named kind does', () => {
  it.each([
    // The host takes the report and its answer, and the guest sees a refusal; or the other way round.
    'rpci.send nth=2 ebx=0 registers',
    'rpci.receive nth=2 does=nothing ebx=0x10000 registers',
    'rpci.status nth=2 does=nothing eax=1 ecx=0x10000 registers',
    'rpci.close nth=2 does=nothing eax=1 ecx=0x10000 registers',
    'rpci.open nth=2 edx=0x50000 registers',
    'tclo.status nth=2 does=withdraw eax=1 ecx=0x10000 registers',
    'tclo.recvsize nth=4 hex= message',
    'tclo.recvsize nth=4 hex=4f53 message',
    'tclo.receive nth=2 hex=ffff payload',
  ])('%s: the driver that gets everything right has no finding', (fault) => {
    const { findings, notes } = judge(
      'vmt-hardened-amd64',
      { for: '60s', events: ['at=10s suspend quiet'], faults: [fault] },
      NAMES,
    );
    expect([findings, notes.filter((note) => note.includes('never triggered'))]).toEqual([[], []]);
  });

  it('the report that the host never got is still asked for', () => {
    const faults = ['rpci.send from=10s until=12s every does=nothing ebx=0 registers'];
    const { findings } = judge('vmt-patched-amd64', { for: '60s', events: ['at=10s suspend quiet'], faults }, NAMES);
    expect(findings.map(({ title }) => title)).toContain('the report of OS_Suspend is lost');
  });
});
