import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignReport, type CheckOptions, check } from '../../../src/check/index.ts';

/** A session and a suspend. */
const PLAN: Omit<CheckOptions, 'object'> = {
  for: '1100ms',
  events: ['at=500ms suspend quiet'],
  maxRuns: 400,
};
const FIXTURE = (name: string): string => `fixtures/kernels/${name}.o`;

const names = ({ causes }: CampaignReport): string[] => causes.map(({ cause }) => cause).sort();
/** A build that prints nothing floods no console. */
const beyondFloods = (report: CampaignReport): string[] =>
  names({ ...report, causes: report.causes.filter(({ rules }) => rules.some((rule) => rule !== 'quiet')) });

const GIVES_UP = 'it gives up after a failed attach step @ vmt_attach';
const KEEPS_DEAD = 'it never closes a dead channel @ vmt_tclo_tick';
const CHECKPOINT = 'it takes a checkpoint for an answer @ vmt_rpc.c';
const KEEPS_CLOSED = 'it keeps the channel when CLOSE fails @ vm_rpc_close';
const GREETS = 'it greets unasked @ vmt_tclo_tick';

describe.each(['amd64', 'i386'])('%s', (machine) => {
  let unpatched: CampaignReport;
  let patched: CampaignReport;
  beforeAll(async () => {
    unpatched = await check({ ...PLAN, object: FIXTURE(`vmt-unpatched-${machine}`) });
    patched = await check({ ...PLAN, object: FIXTURE(`vmt-patched-${machine}`) });
  });

  it('names what a developer would mend, each at its line', () => {
    expect(names(unpatched)).toEqual(expect.arrayContaining([GIVES_UP, KEEPS_DEAD, CHECKPOINT, GREETS]));
    expect(unpatched.causes.length).toBeLessThanOrEqual(8);
    for (const { line } of unpatched.causes) expect(line).toMatch(/^vmt(_rpci?|_tclo|_kv)?\.c:\d+$/);
    expect(names(patched)).toEqual(expect.arrayContaining([GIVES_UP, CHECKPOINT, KEEPS_CLOSED]));
    expect(names(patched)).not.toContain(GREETS);
    expect(names(patched)).not.toContain(KEEPS_DEAD);
  });

  it('gives a build without debug lines the same causes', async () => {
    const quiet = await check({ ...PLAN, object: FIXTURE(`vmt-unpatched-quiet-${machine}`) });
    expect(names(quiet)).toEqual(beyondFloods(unpatched));
  });

  it('has no finding on the line of the inline assembly', () => {
    const source = readFileSync('fixtures/kernels/vmt_rpc.c', 'utf8').split('\n');
    for (const { line = '' } of [...unpatched.findings, ...patched.findings]) {
      const [, number] = /^vmt_rpc\.c:(\d+)/.exec(line) ?? [];
      const text = number === undefined ? '' : (source[Number(number) - 1] ?? '');
      expect([line, text]).toEqual([expect.stringMatching(/^vmt/), expect.not.stringContaining('BACKDOOR_')]);
    }
  });

  it('counts each execution once for a cause, and each finding belongs to one', () => {
    for (const { cause, executions } of unpatched.causes) {
      const runs = unpatched.findings.flatMap((finding) => (finding.cause === cause ? [finding.runs] : []));
      expect(executions).toBeGreaterThanOrEqual(Math.max(...runs));
      expect(executions).toBeLessThanOrEqual(runs.reduce((sum, count) => sum + count, 0));
    }
    const known = new Set(names(unpatched));
    expect(unpatched.findings.filter(({ cause }) => !known.has(cause))).toEqual([]);
  });
});

it('knows the faces of other kernels', async () => {
  for (const name of ['vmt-netbsd-unpatched-amd64', 'vmt-freebsd-unpatched-amd64']) {
    const report = await check({ ...PLAN, object: FIXTURE(name) });
    expect([name, names(report)]).toEqual([name, expect.arrayContaining([KEEPS_DEAD, CHECKPOINT])]);
    expect([name, report.causes.length <= 10]).toEqual([name, true]);
  }
});

const hasCompiler = ((): boolean => {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    execFileSync('ld', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasCompiler)('builds of our own', () => {
  const FLAGS = (
    '-g -std=gnu11 -ffreestanding -fno-builtin -nostdinc -fno-pic -fno-pie -fno-common -fno-strict-aliasing ' +
    '-fno-omit-frame-pointer -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -mno-mmx ' +
    '-mno-sse -msoft-float -m64 -mcmodel=kernel -mno-red-zone -DVMT_DEBUG -DVMT_PATCHED'
  ).split(' ');
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmtbench-causes-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const compile = (object: string, source: string, ...flags: string[]): string => {
    const path = join(folder, object);
    execFileSync('gcc', [...FLAGS, ...flags, '-c', '-o', path, source], { cwd: 'fixtures/kernels' });
    return path;
  };

  it('two unrelated errors in one object are two causes more, each at its line', async () => {
    const core = compile('core.o', 'vmt.c', '-O2', '-include', 'planted/weak.h');
    const planted = ['overflow', 'leak'].map((name) => compile(`${name}.o`, `planted/${name}.c`, '-O2'));
    const both = join(folder, 'both.o');
    execFileSync('ld', ['-m', 'elf_x86_64', '-r', '-o', both, core, ...planted]);
    const before = await check({ ...PLAN, object: core });
    const after = await check({ ...PLAN, object: both });
    const more = after.causes.filter(({ cause }) => !names(before).includes(cause));
    expect(more.map(({ cause, line }) => [cause, line]).sort()).toEqual([
      ['heap blocks are never freed @ vmt_nicinfo_task, leak.c:14', 'leak.c:14'],
      ['out of bounds write @ vm_rpc_get_data, vmt_rpc.c:186', 'vmt_rpc.c:186'],
    ]);
    expect(after.causes).toHaveLength(before.causes.length + 2);
  });

  it.each(['-O0', '-O1', '-Os'])('%s has the causes of -O2, at the same lines', async (level) => {
    const facts = async (object: string) =>
      (await check({ ...PLAN, maxRuns: 200, object })).causes.map(({ cause, line }) => [cause, line]).sort();
    expect(await facts(compile('other.o', 'vmt.c', level))).toEqual(await facts(compile('usual.o', 'vmt.c', '-O2')));
  });
});
