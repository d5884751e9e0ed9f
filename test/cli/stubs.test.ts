import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileBytes, hasCompiler, KERNEL } from '../guest/support/compile.ts';
import { vmtbench } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-stubs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OBJECT = join(folder, 'x.o');
const SOURCE = `extern int unknown(int); extern int table[2]; __attribute__((noinline)) int own(int x) { return x; }
int (*volatile through)(int) = own;
int go(int x) { return unknown(x) + 1; } int read(void) { return table[1]; } int mine(int x) { return through(x); }`;
if (hasCompiler) writeFileSync(OBJECT, compileBytes(SOURCE, 'amd64', [...KERNEL.amd64, '-O1']));

const call = (...args: string[]) => vmtbench('call', OBJECT, ...args, '--kernel', 'bare');

describe.skipIf(!hasCompiler)('a missing symbol', () => {
  it('is a finding that names it and says how to stand in for it', async () => {
    const { status, stdout } = await call('go', '1');
    expect(status).toBe(1);
    expect(stdout).toContain('missing symbol unknown');
    expect(stdout).toContain('--stub unknown=0');
    expect(stdout).toMatch(/from go\+0x/);
    expect((await call('read')).stdout).toContain('--stub table=buf:64');
  });

  it.each([
    [['go', '1', '--stub', 'unknown=41'], 'result 0x2a (42 as int)'],
    [['go', '1', '--stub', 'unknown=-3'], '(-2 as int)'],
    [['read', '--stub', 'table=hex:0000000007000000'], 'result 0x7 (7 as int)'],
    [['read', '--stub', 'table=buf:8'], 'result 0x0 (0 as int)'],
    [['mine', '5', '--stub', 'own=0x10'], 'result 0x10 (16 as int)'],
    [['go', '1', '--lenient'], 'result 0x1 (1 as int)'],
  ])('%j', async (args, result) => {
    const { status, stdout } = await call(...args);
    expect([status, stdout]).toEqual([0, expect.stringContaining(result)]);
  });

  it.each([
    [['--stub', 'unknwon=1'], /x\.o neither uses nor has unknwon/],
    [['--stub', 'unknown'], /"unknown" is no stub/],
    [['--stub', 'table=buf:many'], /buf:many is no buffer/],
  ])('%j is unusable', async (flags, message) => {
    const { status, stderr } = await call('go', '1', ...flags);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

it('a finding is repeated with the same stubs', async () => {
  const driver = 'fixtures/kernels/vmt-unpatched-amd64.o';
  const flags = ['--stub', 'getuptime=5', '--lenient'];
  const { stdout } = await vmtbench('run', driver, '--for', '40s', '--event', 'at=5s tclo.break', ...flags, '--json');
  const [finding] = (JSON.parse(stdout) as { findings: { repeat: string }[] }).findings;
  expect(finding?.repeat).toContain('--stub getuptime=5 --lenient');
});
