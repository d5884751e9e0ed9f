import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAfl, hasFuzzAddon } from '../../src/fuzz/index.ts';
import { spawnVmtbench, vmtbench } from '../support/cli.ts';

const UNPATCHED = 'fixtures/kernels/vmt-unpatched-amd64.o';
const freshFolder = (): string => join(mkdtempSync(join(tmpdir(), 'fuzz-')), 'corpus');

interface Found {
  readonly invariant: string;
  readonly file: string;
  readonly reproduced: boolean;
  readonly repeat: string;
}

interface FuzzJson {
  readonly executions: number;
  readonly judged: number;
  readonly blocks: number;
  readonly accesses: number;
  readonly virtualSeconds: number;
  readonly inputs: number;
  readonly findings: readonly Found[];
}

const EXECUTIONS = 600;
const fuzz = async (folder: string, ...more: string[]): Promise<{ status: number; json: FuzzJson; stderr: string }> => {
  const { status, stdout, stderr } = await spawnVmtbench('fuzz', UNPATCHED, '--corpus', folder, '--json', ...more);
  return { status, json: JSON.parse(stdout) as FuzzJson, stderr };
};

/** Both bugs of the seed: the channel that is never opened again, and the report that a checkpoint loses. */
const BOTH = ['noLostEvent', 'recovers'];

describe('vmtbench fuzz --engine blind', async () => {
  const folder = freshFolder();
  const blind = ['--engine', 'blind', '--executions', String(EXECUTIONS), '--engine-seed', '1'];
  const { status, json } = await fuzz(folder, ...blind);

  it('finds both bugs, exits with 1, and says what it did', () => {
    expect(status).toBe(1);
    expect(json.findings.map(({ invariant }) => invariant)).toEqual(expect.arrayContaining(BOTH));
    expect(json.executions).toBe(EXECUTIONS);
    for (const key of ['judged', 'blocks', 'accesses', 'virtualSeconds', 'inputs'] as const) {
      expect([key, json[key] > 0]).toEqual([key, true]);
    }
  });

  it('writes each finding as input, scenario, trace and JSON; its run from power-on shows it', async () => {
    for (const { file, reproduced, invariant } of json.findings) {
      expect([file, reproduced]).toEqual([file, true]);
      const endings = readdirSync(join(folder, 'findings')).filter((name) => file.endsWith(name.split('.')[0] ?? ''));
      expect(endings.map((name) => name.split('.')[1]).sort()).toEqual(['input', 'json', 'trace', 'yaml']);
      const asked = ['noLeak', 'noLostEvent'].includes(invariant) ? ['--invariant', invariant] : [];
      const run = await vmtbench('run', UNPATCHED, '--scenario', `${file}.yaml`, '--json', ...asked);
      const { findings } = JSON.parse(run.stdout) as { findings: { invariant: string }[] };
      expect(findings.map((finding) => finding.invariant)).toContain(invariant);
      const trace = await vmtbench('trace', `${file}.trace`);
      expect(trace.status).toBe(0);
    }
  });

  it('replays the corpus in --regress, and finds the same', async () => {
    const { status: again, json: regressed } = await fuzz(folder, '--regress');
    expect(again).toBe(1);
    expect(regressed.executions).toBeGreaterThanOrEqual(json.inputs);
    expect(regressed.findings.map(({ invariant }) => invariant)).toEqual(expect.arrayContaining(BOTH));
  });

  it('repeats a finding by its command line', async () => {
    const finding = json.findings.find(({ invariant }) => invariant === 'recovers');
    const words = (finding?.repeat ?? '').split(' ').slice(1);
    const { status: repeated } = await vmtbench(
      ...words
        .join(' ')
        .split(/ (?=(?:[^']*'[^']*')*[^']*$)/)
        .map(unquoted),
    );
    expect(repeated).toBe(1);
  });
});

const unquoted = (word: string): string => word.replaceAll("'", '');

describe('vmtbench fuzz refuses', () => {
  it.each([
    ['a folder that is a file', 'cannot write into', (at: string) => writeFileSync(at, 'x')],
    [
      'a corpus of another format',
      'format 0',
      (at: string) => {
        mkdirSync(at);
        writeFileSync(join(at, 'vmtbench-fuzz.json'), '{"format":0}');
      },
    ],
  ])('%s', async (_, says, prepare) => {
    const folder = freshFolder();
    prepare(folder);
    const blind = ['--engine', 'blind', '--executions', '1'];
    const { status, stderr } = await spawnVmtbench('fuzz', UNPATCHED, '--corpus', folder, ...blind);
    expect([status, stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  it('an object that no driver is in', async () => {
    const blind = ['--engine', 'blind', '--executions', '1', '--corpus', freshFolder()];
    const { status, stderr } = await spawnVmtbench('fuzz', 'fixtures/kernels/bare-amd64.o', ...blind);
    expect([status, stderr]).toEqual([2, expect.stringContaining('nothing to boot')]);
  });

  it.skipIf(hasFuzzAddon())('an engine that is not set up, with the one command', async () => {
    const { status, stderr } = await spawnVmtbench('fuzz', UNPATCHED, '--corpus', freshFolder());
    expect([status, stderr]).toEqual([2, expect.stringContaining('npm run setup:fuzz')]);
  });
});

describe.skipIf(!hasFuzzAddon())('libFuzzer', () => {
  it('finds a bug from the empty corpus, and leaves its inputs', async () => {
    const { status, json } = await fuzz(freshFolder(), '--executions', '1500', '--engine-seed', '1');
    expect(status).toBe(1);
    expect(json.findings.map(({ invariant }) => invariant)).toContain('recovers');
    expect(json.inputs).toBeGreaterThan(5);
  });

  it('loses no input when it is killed', async () => {
    const folder = freshFolder();
    const child = spawn(process.execPath, ['dist/cli/main.js', 'fuzz', UNPATCHED, '--corpus', folder], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text: Buffer) => /found: /.test(text.toString()) && resolve());
    });
    process.kill(-(child.pid as number), 'SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    expect(readdirSync(join(folder, 'queue')).length).toBeGreaterThan(0);
    const { status, json } = await fuzz(folder, '--regress');
    expect(status).toBe(1);
    expect(json.findings.length).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasFuzzAddon() || findAfl() === null)('AFL++', () => {
  it('runs with stable counters, and its inputs are part of the corpus', async () => {
    const folder = freshFolder();
    await fuzz(folder, '--engine', 'afl', '--executions', '400', '--engine-seed', '1');
    const stats = readFileSync(join(folder, 'afl', 'default', 'fuzzer_stats'), 'utf8');
    expect(/^stability +: (\S+)$/m.exec(stats)?.[1]).toBe('100.00%');
    const { json } = await fuzz(folder, '--regress');
    expect(json.executions).toBeGreaterThan(3);
  });
});
