import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vmtbench } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-cov-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OBJECT = 'fixtures/kernels/vmt-unpatched-amd64.o';

interface CovJson {
  readonly runs: string[];
  readonly files: { readonly file: string; readonly lines: Record<string, number> }[];
  readonly inputs: { readonly cases: { readonly executions: number }[] }[];
}

async function json(...args: string[]): Promise<CovJson> {
  const { status, stdout, stderr } = await vmtbench('cov', OBJECT, '--for', '3s', '--json', ...args);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as CovJson;
}

const reached = ({ files }: CovJson): number =>
  files.reduce((sum, { lines }) => sum + Object.values(lines).filter((count) => count > 0).length, 0);

describe('vmtbench cov', () => {
  it('prints a table of files and the host inputs', async () => {
    const { status, stdout } = await vmtbench('cov', OBJECT, '--for', '3s');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^vmt_rpc\.c +\d+ of 123 +[\d.]+ %/m);
    expect(stdout).toMatch(/^RPCI SENDSIZE {2}vm_rpc_send\+0x\w+/m);
    expect(stdout).toMatch(/^ {2}status +ok \d+; not tried: refused$/m);
  });

  it('merges runs, scenarios and a check', async () => {
    const one = await json();
    const two = await json('--scenario', 'healthy', '--scenario', 'dead-channel', '--for', '8s');
    const checked = await json('--check', '30');
    expect(one.runs).toEqual(['one run']);
    expect(two.runs).toEqual(['healthy', 'dead-channel']);
    expect(checked.runs).toEqual(['one run', expect.stringMatching(/^a check of \d+ executions$/)]);
    expect(reached(two)).toBeGreaterThan(reached(one));
    expect(reached(checked)).toBeGreaterThan(reached(one));
  });

  it('writes lcov and HTML', async () => {
    const [lcov, html] = [join(folder, 'lcov.info'), join(folder, 'html')];
    await vmtbench('cov', OBJECT, '--for', '3s', '-o', lcov, '--html', html);
    expect(readFileSync(lcov, 'utf8')).toMatch(/^SF:fixtures\/kernels\/vmt_rpc\.c$/m);
    expect(existsSync(join(html, 'index.html'))).toBe(true);
    expect(readFileSync(join(html, 'vmt_rpc.c.html'), 'utf8')).toContain('vm_rpc_send');
  });

  it('goes by function and instruction without debug information, and has no lcov of that', async () => {
    const stripped = join(folder, 'stripped.o');
    execFileSync('strip', ['-g', '-o', stripped, OBJECT]);
    const { stdout } = await vmtbench('cov', stripped, '--for', '3s');
    expect(stdout).toMatch(/^vmt_attach +1 +\d+ of \d+/m);
    expect((await vmtbench('cov', stripped, '--for', '3s', '--disassembly')).stdout).toMatch(
      /^ +\d+ +\w+ {2}in eax,dx$/m,
    );
    const refused = await vmtbench('cov', stripped, '--for', '3s', '-o', join(folder, 'none'));
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('no debug information') });
  });
});
