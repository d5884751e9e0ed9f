import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBench } from '../../src/scenario/index.ts';
import { TraceReader } from '../../src/trace/index.ts';
import { runJson, vmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';

/** A list that a task sends and a tick gives back, and the same where the task keeps the tick out. */
const OPEN = 'fixtures/kernels/planted/preempted-amd64.o';
const GUARDED = 'fixtures/kernels/planted/preempted-guarded-amd64.o';
/** The access at which the task counts on its list. */
const AT = 'rpci.sendsize nth=3';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-preempt-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const fresh = (name: string): string => join(folder, `${files++}-${name}`);

function scenario(text: string): string {
  const path = fresh('s.yaml');
  writeFileSync(path, text);
  return path;
}

describe('run --preempt', () => {
  it('preempts a process, shows both lines, and finds what that breaks', async () => {
    const { stdout, status } = await vmtbench('run', OPEN, '--for', '3s', '--preempt', AT);
    expect(status).toBe(1);
    expect(stdout).toMatch(/\] vmt_tick \(vmt\.c:\d+\) preempts vm_rpc_send\+0x[0-9a-f]+ \(vmt_rpc\.c:/);
    expect(stdout).toMatch(/^finding use after free: .* freed block of \d+ bytes \[memorySafe\]$/m);
    expect(stdout).toMatch(/freed at vmt_clear_guest_info\+0x[0-9a-f]+ \(vmt\.c:\d+\)/);
    expect(stdout).toMatch(/from vmt_nicinfo_task\+0x[0-9a-f]+ \(preempted\.c:\d+\)/);
  });

  it('finds nothing without it, nor where the driver keeps the other one out', async () => {
    expect(await runJson(OPEN, '--for', '3s')).toMatchObject({ status: 0, findings: [], notes: [] });
    const guarded = await runJson(GUARDED, '--for', '3s', '--preempt', AT);
    expect(guarded).toMatchObject({ status: 0, findings: [] });
    expect(guarded.notes).toContain(`the preemption "${AT}" never triggered`);
  });

  it('the command that repeats the finding finds it again', async () => {
    const first = await runJson(OPEN, '--for', '3s', '--preempt', AT);
    const [program, command, ...words] = shellWords(first.findings[0]?.repeat ?? '');
    expect([program, command]).toEqual(['vmtbench', 'run']);
    expect(words).toContain(AT);
    const again = await runJson(...words);
    expect(again).toEqual(first);
    expect(again.findings).toMatchObject([{ kind: 'memory', plan: { preemptions: [AT] } }]);
  });

  it.each([
    ['nth=0', /nth counts from 1/],
    ['rpci.sendsize', /does not say at which access/],
    ['random=0', /random=N is one access of N/],
    ['random=x', /random=x is no whole number/],
    ['p=0.5 every', /a preemption has no key p/],
    ['rpci.sideways nth=1', /does not start with a step/],
    ['every within=5', /"5" is no time/],
  ])('refuses "%s" with exit 2 and a hint', async (value, message) => {
    const { status, stdout, stderr } = await vmtbench('run', OPEN, '--preempt', value);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('one that never triggered is a note, and --strict refuses it', async () => {
    const words = [OPEN, '--for', '3s', '--preempt', 'nth=100000'];
    const plain = await runJson(...words);
    expect(plain).toMatchObject({ status: 0, notes: ['the preemption "nth=100000" never triggered'] });
    expect((await runJson(...words, '--strict')).status).toBe(1);
  });

  it('stands in the header of the trace, and the library writes the same trace byte for byte', async () => {
    const path = fresh('t.vmtrace');
    await vmtbench('run', GUARDED, '--for', '3s', '--preempt', AT, '--trace', path);
    const bench = openBench({ object: GUARDED, preemptions: [AT] });
    const { trace } = bench.run('3s');
    bench.close();
    expect(new TraceReader([trace]).header).toMatchObject({ preemptions: [AT] });
    expect(readFileSync(path).equals(trace)).toBe(true);
  });

  it('is drawn by the seed: the same trace for the same, another for another', async () => {
    const trace = async (seed: string): Promise<Buffer> => {
      const path = fresh('t.vmtrace');
      const driver = 'fixtures/kernels/vmt-patched-amd64.o';
      await runJson(driver, '--for', '20s', '--preempt', 'random=4', '--seed', seed, '--trace', path);
      return readFileSync(path);
    };
    const [one, again] = [await trace('1'), await trace('1')];
    expect(again.equals(one)).toBe(true);
    // Their headers differ by the seed alone: what was let in when is what is compared.
    const times = async (seed: string): Promise<string[]> => {
      const path = fresh('t.vmtrace');
      writeFileSync(path, await trace(seed));
      const { stdout } = await vmtbench('trace', path);
      return stdout.split('\n').filter((line) => line.includes('preempt'));
    };
    const drawn = [await times('1'), await times('2')];
    expect(drawn[0]?.length).toBeGreaterThan(1);
    expect(drawn[1]).not.toEqual(drawn[0]);
  });
});

describe('preemptions of a scenario', () => {
  it('trigger as those of the command line do, which are added to them', async () => {
    const path = scenario(`for: 3s\npreemptions:\n  - ${AT}\n`);
    const { status, findings } = await runJson(OPEN, '--scenario', path, '--preempt', 'nth=100000');
    expect(status).toBe(1);
    expect(findings).toMatchObject([{ kind: 'memory', plan: { preemptions: [AT, 'nth=100000'] } }]);
    expect(findings[0]?.title).toMatch(/^use after free/);
  });

  it('one that never triggered is noted with its line', async () => {
    const path = scenario(`for: 3s\npreemptions:\n  - nth=5 from=1h\n  - nth=100000\n`);
    const { notes, status } = await runJson(OPEN, '--scenario', path);
    expect(status).toBe(0);
    expect(notes).toEqual([
      `${path}:3: the preemption "nth=5 from=1h" never triggered`,
      `${path}:4: the preemption "nth=100000" never triggered`,
    ]);
  });

  it('a wrong one is an error with line and column, exit 2', async () => {
    const path = scenario('for: 3s\npreemptions:\n  - nth=1\n  - nth=0\n');
    const { status, stderr } = await vmtbench('run', OPEN, '--scenario', path);
    expect(status).toBe(2);
    expect(stderr).toContain(`${path}:4:5: "nth=0": nth counts from 1`);
  });
});
