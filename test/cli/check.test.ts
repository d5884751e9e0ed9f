import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../src/check/index.ts';
import type { CheckReport } from '../../src/cli/check-campaign.ts';
import { spawnVmtbench, vmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';
import { check, describeDrivers, FIXTURE, LOST_POWER_ON, PATIENCE } from './check-drivers.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmtbench-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The other machine is in test/long/check.test.ts.
describe('amd64', { timeout: PATIENCE }, () => describeDrivers('amd64'));

describe('--interleavings', { timeout: PATIENCE }, () => {
  it.each([
    // In both the timer of the guest information, which nothing keeps out, writes over the buffer of a report.
    ['planted/preempted-amd64', ['memorySafe: use after free', LOST_POWER_ON]],
    ['planted/preempted-guarded-amd64', [LOST_POWER_ON]],
  ])('%s', async (name, wanted) => {
    const execution = ['--for', '1100ms', '--event', 'at=500ms broadcastIp', '--interleavings'];
    const { findings } = await check(name, ...execution);
    const preempted = findings.filter(({ plan }) => plan.preemptions?.length === 1);
    expect(preempted.map(({ symptom }) => symptom.replace(/: \w+ bytes? at .*$/, ''))).toEqual(wanted);
    for (const { repeat, title } of preempted) {
      const { stdout } = await vmtbench(...shellWords(repeat).slice(1), '--json');
      expect((JSON.parse(stdout) as CheckReport).findings.map((found) => found.title)).toContain(title);
    }
  });
});

describe('what changed', { timeout: PATIENCE }, () => {
  it('--compare reports what the patch healed and kept', async () => {
    // The session of a fresh channel comes within this time.
    const args = [
      'check',
      FIXTURE('vmt-unpatched-amd64'),
      '--for',
      '1100ms',
      '--compare',
      FIXTURE('vmt-patched-amd64'),
    ];
    const { status, stdout } = await spawnVmtbench(...args, '--json');
    const { changes } = JSON.parse(stdout) as { changes: Record<'healed' | 'kept' | 'broke', string[]>[] };
    const recovers = changes.find((change) => 'rule' in change && change.rule === 'recovers');
    expect(recovers?.healed).toContain('tclo.sendsize break');
    expect(recovers?.kept).toContain('tclo.sendsize break (closeBroken=refuse)');
    const events = changes.find((change) => 'rule' in change && change.rule === 'noLostEvent');
    expect(events?.kept).toContain('rpci.receive "tools.os.statechange.status" checkpoint');
    const broke = changes.flatMap((change) => change.broke);
    expect(status).toBe(broke.length > 0 ? 1 : 0);
    const text = await spawnVmtbench(...args, '--budget', '200');
    expect(text.stdout).toMatch(
      /^from fixtures.*unpatched-amd64\.o to fixtures.*patched-amd64\.o:\nnoLeak: \d+ healed, \d+ kept/,
    );
    expect(text.stdout).toMatch(/^causes:$/m);
  });

  it('another budget heals and breaks nothing, and the mirror comparison is the mirror image', async () => {
    const [unpatched, patched] = [FIXTURE('vmt-unpatched-amd64'), FIXTURE('vmt-patched-amd64')];
    const file = join(folder, 'whole.json');
    writeFileSync(file, (await spawnVmtbench('check', patched, '--for', '1ms', '--budget', '1500', '--json')).stdout);
    for (const budget of ['1', '7', '100', '2000']) {
      const args = ['check', patched, '--for', '1ms', '--budget', budget, '--baseline', file, '--json'];
      const { status, stdout } = await spawnVmtbench(...args);
      const { changes } = JSON.parse(stdout) as { changes: Change[] };
      expect([status, changes.flatMap(({ healed, broke }) => [...healed, ...broke])]).toEqual([0, []]);
    }
    const changesOf = async (before: string, after: string): Promise<Change[]> => {
      const args = ['check', before, '--compare', after, '--for', '1ms', '--budget', '300', '--json'];
      return (JSON.parse((await spawnVmtbench(...args)).stdout) as { changes: Change[] }).changes;
    };
    const mirrored = (await changesOf(patched, unpatched)).map(({ healed, broke, ...change }) => ({
      ...change,
      healed: broke,
      broke: healed,
    }));
    expect(await changesOf(unpatched, patched)).toEqual(mirrored);
  });

  it('--only and --verbose', async () => {
    const args = ['check', FIXTURE('vmt-patched-amd64'), '--for', '1ms', '--budget', '200'];
    const all = (await spawnVmtbench(...args)).stdout;
    const one = (await spawnVmtbench(...args, '--only', 'ATTACH step')).stdout;
    expect(all).toMatch(/^1\. [\s\S]*^2\. /m);
    expect(one).toMatch(/^1\. it gives up after a failed attach step$/m);
    expect(one).not.toMatch(/^2\. /m);
    expect(all).not.toContain('last port accesses:');
    expect((await spawnVmtbench(...args, '--verbose')).stdout).toContain('last port accesses:');
    for (const line of all.split('\n\n')[0]?.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('--baseline reports what is new', async () => {
    const file = join(folder, 'before.json');
    const short = ['--for', '1ms', '--budget', '1500'];
    const before = await spawnVmtbench('check', FIXTURE('vmt-patched-amd64'), ...short, '--json');
    writeFileSync(file, before.stdout);
    const same = ['check', FIXTURE('vmt-patched-amd64'), ...short, '--baseline', file];
    expect(await spawnVmtbench(...same)).toMatchObject({ status: 0, stdout: expect.stringContaining('0 findings in') });
    const worse = ['check', FIXTURE('vmt-unpatched-amd64'), ...short, '--baseline', file];
    const { status, stdout } = await spawnVmtbench(...worse);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/noLeak: 0 healed, 0 kept, [1-9]\d* broke/)]);
  });

  it.each([
    ['no JSON', 'hello', /before\.txt is no report of a check: /],
    [
      'another JSON',
      '{"runs": 1, "accesses": 1, "findings": [{"kind": "invariant"}]}',
      /before\.txt is no report of a check: findings\.0\.triggers/,
    ],
    ['what a run printed', '{"outcome": "completed", "findings": []}', /before\.txt is no report of a check: runs/],
  ])('--baseline refuses %s', async (_, text, message) => {
    const file = join(folder, 'before.txt');
    writeFileSync(file, text);
    const { status, stderr } = await vmtbench('check', FIXTURE('vmt-patched-amd64'), '--baseline', file);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('files for others', { timeout: PATIENCE }, () => {
  it('--junit and --sarif hold the findings', async () => {
    const [junit, sarif] = [join(folder, 'check.xml'), join(folder, 'check.sarif')];
    const report = await check('vmt-unpatched-amd64', '--for', '1ms', '--junit', junit, '--sarif', sarif);
    const xml = readFileSync(junit, 'utf8');
    expect(xml.match(/<testcase /g)).toHaveLength(report.findings.length);
    expect(xml).toContain(`tests="${report.findings.length}" failures="${report.findings.length}"`);
    expect(xml).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
    const log = JSON.parse(readFileSync(sarif, 'utf8')) as {
      version: string;
      runs: { results: { ruleId: string; locations: { physicalLocation: { region?: { startLine: number } } }[] }[] }[];
    };
    expect([log.version, log.runs[0]?.results.length]).toEqual(['2.1.0', report.findings.length]);
    expect(log.runs[0]?.results[0]?.locations[0]?.physicalLocation.region?.startLine).toBeGreaterThan(0);
  });

  it('reports a file that it cannot write', async () => {
    const { status, stderr } = await vmtbench(
      'check',
      FIXTURE('vmt-patched-amd64'),
      '--for',
      '1ms',
      '--workers',
      '1',
      '--junit',
      '/nowhere/x',
    );
    expect([status, stderr]).toEqual([2, expect.stringContaining('/nowhere/x of --junit cannot be written')]);
  });
});

describe('the report', { timeout: PATIENCE }, () => {
  it('is the same byte for byte with 1, 2 and 3 workers, but for the time and what they shared', async () => {
    const args = ['check', FIXTURE('vmt-patched-i386'), '--for', '1ms', '--depth', '2', '--budget', '2500', '--json'];
    const bodyOf = async (workers: string): Promise<string> => {
      const { stdout } = await spawnVmtbench(...args, '--workers', workers);
      const { executed, shared, runs, unexplored, findings } = JSON.parse(stdout) as CheckReport;
      expect([executed + shared, runs, unexplored > 0, findings.length > 1]).toEqual([2500, 2500, true, true]);
      return stdout.replace(/"(seconds|executed|shared)": [\d.]+/g, '');
    };
    const one = await bodyOf('1');
    expect(await bodyOf('2')).toBe(one);
    expect(await bodyOf('3')).toBe(one);
  });

  it('tells executed runs from shared ones, and --no-sharing executes all', async () => {
    const args = ['--for', '1ms', '--budget', '100'];
    const [usual, whole] = [
      await check('vmt-patched-amd64', ...args),
      await check('vmt-patched-amd64', ...args, '--no-sharing'),
    ];
    expect([usual.executed + usual.shared, usual.shared > 50]).toEqual([100, true]);
    expect([whole.executed, whole.shared]).toEqual([100, 0]);
    expect(whole.findings).toEqual(usual.findings);
  });

  it('reports both faults of a pair, and repeats them', async () => {
    const report = await check('vmt-patched-amd64', '--for', '1ms', '--depth', '2', '--budget', '2500');
    const pair = report.findings.find(({ plan }) => plan.faults.length === 2);
    expect(pair).toBeDefined();
    const { status, stdout } = await vmtbench(...shellWords(pair?.repeat ?? '').slice(1), '--json');
    const found = (JSON.parse(stdout) as CheckReport).findings.map(({ lastAccesses }) => lastAccesses);
    expect([status, found]).toEqual([1, expect.arrayContaining([pair?.lastAccesses])]);
  });

  it.each([
    [['--depth', '3'], /argument '3' is invalid/],
    [['--budget', 'much'], /--budget much is no whole number/],
    [['--budget', '0'], /--budget 0 is too small/],
    [['--baseline', 'a.json', '--compare', 'b.o'], /--baseline <file>' cannot be used with option '--compare/],
    [['--kernel', 'netbsd'], /the driver did not attach/],
    [['--workers', '-1'], /--workers -1 is no whole number/],
    [['--workers', '100000'], /--workers 100000 is too many\n {2}Give it 64 at most/],
    [['--workers', '0'], /--workers 0 is too small/],
    [['--scenario', 'nosuch'], /nosuch/],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await vmtbench('check', FIXTURE('vmt-patched-amd64'), ...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('refuses what has nothing to boot', async () => {
    const { status, stderr } = await vmtbench('check', FIXTURE('bare-amd64'));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/there is nothing to boot under the kernel bare/)]);
  });
});
