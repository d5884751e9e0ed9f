import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { traceCommand } from '../../src/cli/trace.ts';
import { TracedGuest } from '../trace/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function session(rounds: number): Uint8Array {
  const guest = new TracedGuest();
  const channel = guest.open('rpci');
  for (let i = 0; i < rounds; i += 1) guest.send(channel, `log ${i}`);
  guest.writer.end('completed');
  return guest.bytes;
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Runs the command; `take` is what stdout does with a text. */
async function run(words: readonly string[], take: (text: string) => boolean = () => true) {
  const output = { stdout: '', stderr: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output.stdout += String(text);
    return take(String(text));
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    output.stderr += String(text);
    return true;
  });
  await traceCommand()
    .exitOverride()
    .parseAsync([...words], { from: 'user' });
  return output;
}

describe('vmtbench trace', () => {
  const before = process.exitCode;
  beforeEach(() => {
    process.exitCode = 0;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = before;
  });

  it('prints the conversation under what the run was', async () => {
    const { stdout, stderr } = await run([file('whole', session(1))]);
    expect(stdout.split('\n')).toEqual([
      'vmt.o (amd64, sha256 c0ffee)',
      'kernel openbsd, seed 7',
      'host addressError=break',
      'event at=5s tclo.break',
      'fault rpci.receive nth=2 checkpoint',
      '  0.000001s  RPCI #0 open',
      '  0.000003s  RPCI #0 > "log 0"',
      'end: completed, 3 records',
      '',
    ]);
    expect(stderr).toBe('');
    expect(process.exitCode).toBe(0);
  });

  it('prints one line an access with --raw', async () => {
    const { stdout } = await run([file('raw', session(1)), '--raw']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('# vmt.o (amd64, sha256 c0ffee)');
    expect(lines.filter((line) => line.includes(' => '))).toHaveLength(3);
  });

  it.each<[string[], string[]]>([
    [['--from', '1.5us', '--to', '3us'], ['  0.000003s  RPCI #0 > "log 0"']],
    [
      ['--only', 'rpci'],
      ['  0.000001s  RPCI #0 open', '  0.000003s  RPCI #0 > "log 0"', '  0.000005s  RPCI #0 > "log 1"'],
    ],
    [['--only', 'tclo'], []],
    [['--grep', '"log [1-9]'], ['  0.000005s  RPCI #0 > "log 1"']],
    [['--grep', 'end:'], ['end: completed, 5 records']],
  ])('prints the lines that %j chooses', async (flags, lines) => {
    const { stdout } = await run([file('filtered', session(2)), ...flags]);
    const head = ['vmt.o', 'kernel', 'host', 'event', 'fault'];
    expect(stdout.split('\n').filter((line) => line !== '' && !head.includes(line.split(' ')[0] ?? ''))).toEqual(lines);
  });

  it('chooses lines of --raw, too', async () => {
    const path = file('filtered', session(2));
    const printed = async (...flags: string[]): Promise<number> =>
      (await run([path, '--raw', ...flags])).stdout.split('\n').filter((line) => line.includes(' => ')).length;
    expect(await printed('--only', 'rpci')).toBe(5);
    expect(await printed('--only', 'tclo')).toBe(0);
    expect(await printed('--from', '2us', '--to', '3us')).toBe(2);
    expect(await printed('--grep', 'outsb')).toBe(2);
  });

  it.each([
    [['--from', '5'], 'time'],
    [['--grep', '('], 'flag'],
  ])('refuses %j', async (flags, code) => {
    await expect(run([file('x', session(1)), ...flags])).rejects.toMatchObject({ code });
  });

  it('prints a cut file up to its end, and says so', async () => {
    const path = file('cut', session(3).subarray(0, -20));
    const { stdout, stderr } = await run([path]);
    expect(stdout).toContain('RPCI #0 > "log 1"');
    expect(stderr).toContain(`the trace ${path} is cut off at byte`);
    expect(stderr).toContain('records were read');
    expect(process.exitCode).toBe(2);
  });

  it('prints a corrupt file up to its fault, and says so', async () => {
    const path = file(
      'corrupt',
      Buffer.concat([session(1).subarray(0, session(1).lastIndexOf(0x95)), Uint8Array.of(0xc1, 1, 2, 3)]),
    );
    const { stdout, stderr } = await run([path]);
    expect(stdout).toContain('RPCI #0 > "log 0"');
    expect(stderr).toMatch(/is corrupt at byte \d+: byte 0xc1 starts no value of a trace \(3 records were read\)/);
    expect(process.exitCode).toBe(2);
  });

  it('refuses what is no trace, and what it cannot read', async () => {
    const path = file('text', Buffer.from('hello\n'));
    await expect(run([path])).rejects.toMatchObject({ code: 'trace.format', message: `${path} is no trace` });
    await expect(run([join(folder, 'absent')])).rejects.toMatchObject({ code: 'trace.unreadable' });
  });

  it('waits for an output that takes no more', async () => {
    const taken: string[] = [];
    const { stdout } = await run([file('slow', session(1200))], (text) => {
      taken.push(text);
      setTimeout(() => process.stdout.emit('drain'));
      return false;
    });
    expect(taken.length).toBeGreaterThan(2);
    expect(stdout.split('\n')).toHaveLength(1200 + 8);
  });

  it('ends quietly when its reader goes away', async () => {
    let writes = 0;
    const { stderr } = await run([file('head', session(1200))], () => {
      writes += 1;
      setTimeout(() => process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })));
      return false;
    });
    expect(writes).toBe(1);
    expect(stderr).toBe('');
    expect(process.exitCode).toBe(0);
  });

  it('does not swallow another failure of its output', async () => {
    const broken = run([file('disk', session(1200))], () => {
      setTimeout(() => process.stdout.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' })));
      return false;
    });
    await expect(broken).rejects.toThrow('disk full');
  });
});
