import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../src/judge/index.ts';
import { KERNELS } from '../../src/kernels/index.ts';
import { GUEST_EVENTS } from '../../src/plan/index.ts';
import { shippedScenarios } from '../../src/scenario/index.ts';
import { FAULTS, HOST_EVENTS, HOST_OPTIONS } from '../../src/tclo-host/index.ts';
import { vmtbench } from '../support/cli.ts';

const OBJECT = 'fixtures/kernels/vmt-patched-amd64.o';

const LISTS: readonly (readonly [what: string, names: readonly string[]])[] = [
  ['events', [...Object.keys(HOST_EVENTS), ...Object.keys(GUEST_EVENTS)]],
  ['faults', Object.keys(FAULTS)],
  ['hosts', Object.keys(HOST_OPTIONS)],
  ['scenarios', shippedScenarios()],
  ['rules', Object.keys(INVARIANTS)],
  ['kernels', KERNELS],
];

describe('vmtbench list', () => {
  it.each(LISTS)('%s: every word with its meaning', async (what, names) => {
    const { status, stdout } = await vmtbench('list', what, '--json');
    const rows: { name: string; meaning: string }[] = JSON.parse(stdout);
    expect([status, rows.map(({ name }) => name)]).toEqual([0, names]);
    for (const { meaning } of rows) expect(meaning).not.toBe('');
  });

  it.each(LISTS)('%s: fits 80 columns as text', async (what, names) => {
    const { status, stdout } = await vmtbench('list', what);
    const lines = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(lines.filter((line) => !line.startsWith(' ')).map((line) => line.split(' ')[0])).toEqual(names);
    for (const line of lines) if (line.startsWith(' ')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('another kind of word is refused', async () => {
    expect(await vmtbench('list', 'nosuch')).toMatchObject({ status: 2, stdout: '' });
  });
});

/** A mistyped word in each place that takes one, and the word that was meant. */
const MISTYPED: readonly (readonly [meant: string, command: string, ...words: string[]])[] = [
  ['ping', 'run', OBJECT, '--event', 'at=1s pnig'],
  ['guest.sysctl', 'run', OBJECT, '--event', 'at=1s guest.sysctrl'],
  ['tclo.send', 'run', OBJECT, '--fault', 'tclo.sned refuse'],
  ['refuse', 'run', OBJECT, '--fault', 'tclo.send refus'],
  ['session', 'run', OBJECT, '--host', 'sesion=resetOnly'],
  ['openbsd', 'run', OBJECT, '--kernel', 'opnbsd'],
  ['suspend-resume', 'run', OBJECT, '--scenario', 'suspend-resum'],
  ['recovers', 'run', OBJECT, '--expect', 'recoverz'],
  ['tcloOpens', 'run', OBJECT, '--expect', 'tcloOpen=1'],
  ['noLeak', 'run', OBJECT, '--invariant', 'noleaks'],
  ['memory', 'run', OBJECT, '--machine', 'memroy=64'],
  ['vmt_probe', 'call', OBJECT, 'vmt_prob'],
  ['vmt_probe', 'call', OBJECT, 'vmt_probe', '@vmt_prob'],
  ['vmt_probe', 'run', OBJECT, '--stub', 'vmt_prob=1'],
  ['--event', 'run', OBJECT, '--evnt', 'x'],
  ['check', 'chek', OBJECT],
];

describe('a mistyped word is answered with the nearest', () => {
  it.each(MISTYPED)('%s: %s %s %s %s', async (meant, ...words) => {
    const { status, stderr } = await vmtbench(...words);
    expect(status).toBe(2);
    expect(stderr).toContain(`id you mean ${meant}?`);
  });

  it('a word that is like no other is not guessed at', async () => {
    const { stderr } = await vmtbench('run', OBJECT, '--event', 'at=1s qqqqqq');
    expect(stderr).not.toContain('id you mean');
  });
});

describe('under --json an error is JSON', () => {
  it.each([
    ['event.name', ['run', OBJECT, '--event', 'at=1s pnig']],
    ['guest.symbol', ['call', OBJECT, 'nosuch']],
    ['commander.unknownOption', ['run', OBJECT, '--nosuch']],
  ])('%s', async (code, words) => {
    const { status, stdout, stderr } = await vmtbench(...words, '--json');
    const { error } = JSON.parse(stdout);
    expect([status, error.code]).toEqual([2, code]);
    expect(stderr).toContain(error.message);
  });
});
