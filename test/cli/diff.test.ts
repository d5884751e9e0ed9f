import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTrace } from '../../src/scenario/index.ts';
import { type TraceSubject, TraceWriter } from '../../src/trace/index.ts';
import { vmtbench } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function traced(driver: string, scenario: string): Promise<string> {
  const path = join(folder, `${driver}-${scenario}`);
  await vmtbench(
    'run',
    `fixtures/kernels/vmt-${driver}-amd64.o`,
    '--scenario',
    scenario,
    '--for',
    '20s',
    '--trace',
    path,
  );
  return path;
}

/** The same trace with one more line of the console in its middle. */
function withLine(file: string, line: string): string {
  const { header, records, until } = readTrace([readFileSync(file)], file);
  const chunks: Uint8Array[] = [];
  const writer = new TraceWriter((bytes) => chunks.push(bytes), header as TraceSubject);
  for (const [index, record] of records.entries()) {
    if (index === 40) writer.console(record.ns ?? 0, line);
    if (record.kind === 'access') writer.access(record);
    else if (record.kind === 'event') writer.event(record.ns, record.name, record.text);
    else if (record.kind === 'console') writer.console(record.ns, record.line);
    else if (record.kind === 'finding') writer.finding(record.ns, record.finding);
    else writer.end(record.outcome, until);
  }
  const path = join(folder, 'one-more');
  writeFileSync(path, Buffer.concat(chunks));
  return path;
}

describe('vmtbench diff', () => {
  it('exits 0 for the same run', async () => {
    const trace = await traced('unpatched', 'dead-channel');
    expect(await vmtbench('diff', trace, trace)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('the same'),
    });
  });

  it('shows one insertion for one more console line', async () => {
    const trace = await traced('unpatched', 'dead-channel');
    const { status, stdout } = await vmtbench('diff', trace, withLine(trace, 'hello'));
    expect(status).toBe(1);
    expect(stdout.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      expect.stringMatching(/^\+ .*console: hello$/),
    ]);
    expect(stdout).toContain('Only B prints "hello" here;');
    expect(stdout).toMatch(/0 lines only in A, 1 only in B/);
  });

  it.each(['one-checkpoint', 'dead-channel'])('%s: the patched attach opens no TCLO', async (scenario) => {
    const { status, stdout } = await vmtbench(
      'diff',
      await traced('unpatched', scenario),
      await traced('patched', scenario),
    );
    expect(status).toBe(1);
    expect(stdout).toContain('Only A opens a TCLO channel here; B opens an RPCI channel next.');
    expect(stdout).toMatch(/^- .*sha256/m);
  });

  it('the patch inserts CLOSE and OPEN behind the failed ping', async () => {
    const { stdout } = await vmtbench(
      'diff',
      await traced('unpatched', 'dead-channel'),
      await traced('patched', 'dead-channel'),
      '--json',
    );
    const { lines } = JSON.parse(stdout) as { lines: { side: string; text: string; seconds: number }[] };
    const failed = lines.findIndex(({ side, text }) => side === 'both' && text.includes('sendsize refused'));
    const inserted = lines.slice(failed).filter(({ side }) => side === 'b');
    expect(inserted.slice(0, 3).map(({ text }) => text.replace(/^ *[\d.]+s {2}/, ''))).toEqual([
      'console: vmt0: resetting rpc',
      'TCLO #0 close',
      'TCLO #0 open',
    ]);
  });
});
