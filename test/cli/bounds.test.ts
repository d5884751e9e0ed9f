import { describe, expect, it } from 'vitest';
import { spawnVmtbench } from '../support/cli.ts';

/** The frame of a right call: the magic, the command and the port; all else is zero. */
const GETVERSION = [0x564d5868, 0, 0x0a, 0x5658, 0, 0, 0]
  .map((word) => Buffer.from(BigUint64Array.of(BigInt(word)).buffer).toString('hex'))
  .join('');
const UNPATCHED = 'fixtures/kernels/vmt-unpatched-amd64.o';

describe('output without end', () => {
  it('ends a run that would last for months, with all that was found, in little memory', async () => {
    const { stdout, status } = await spawnVmtbench(
      ...['run', UNPATCHED, '--for', '2500h', '--event', 'at=5s tclo.break', '--json'],
    );
    expect(status).toBe(1);
    expect(stdout.length).toBeLessThan(5_000_000);
    const report = JSON.parse(stdout) as { console: string[]; findings: { title: string }[] };
    expect(report.findings.map(({ title }) => title)).toEqual([
      'the guest printed more than 100000 lines',
      'the guest never recovers its TCLO channel',
      expect.stringMatching(/^the guest floods its console: 50000 times/),
    ]);
    expect(report.console).toHaveLength(10_001);
    expect(report.console[5000]).toBe('[90001 lines are left out here]');
  });
});

describe('call --budget accesses=N', () => {
  it('ends the call at that access, with a finding', async () => {
    const args = ['call', UNPATCHED, 'vmt_tclo_tick', '0', '--boot', '--budget', 'accesses=7', '--json'];
    const { stdout, status } = await spawnVmtbench(...args);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect([report.outcome, status]).toEqual(['finding', 1]);
    expect(report.findings).toEqual([
      expect.objectContaining({ kind: 'hang', title: 'the guest used up its budget of 7 port accesses' }),
    ]);
    expect(report.ports).toEqual({ accesses: 8 });
  });

  it('leaves one alone that keeps to it', async () => {
    const BARE = 'fixtures/kernels/bare-amd64.o';
    const args = ['call', BARE, 'bare_in', `hex:${GETVERSION}`, '--kernel', 'bare', '--budget', 'accesses=1'];
    const { stdout } = await spawnVmtbench(...args, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ findings: [] });
  });
});
