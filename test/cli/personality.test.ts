import { describe, expect, it } from 'vitest';
import { runJson, vmtbench } from '../support/cli.ts';

const DRIVER = 'fixtures/kernels/vmt-patched-amd64.o';

describe('run --host personality', () => {
  it('qemu: the driver finds a VMware, but no message channel', async () => {
    const report = await runJson(DRIVER, '--for', '40s', '--host', 'personality=qemu');
    expect(report.console.join('\n')).toContain('open failed');
    expect(report.host).toMatchObject({ tcloOpens: 0, rpciOpens: 0 });
    expect(report.findings.filter(({ invariant }) => invariant === 'recovers')).toEqual([]);
  });

  it('none: the driver does not attach', async () => {
    const report = await runJson(DRIVER, '--for', '40s', '--host', 'personality=none');
    expect(report).toMatchObject({ status: 0, console: [], findings: [], host: { tcloOpens: 0 } });
    expect(report.notes).toEqual(['the driver did not attach: its match function found no device']);
  });

  it('exec sees the same', async () => {
    const get = ['--set', 'eax=0x564d5868', '--set', 'ecx=10', '--set', 'edx=0x5658'];
    const answers: string[] = [];
    for (const name of ['vmware', 'qemu', 'none']) {
      answers.push((await vmtbench('exec', 'ed', ...get, '--host', `personality=${name}`)).stdout);
    }
    const [vmware, qemu, none] = answers;
    expect(vmware).toMatch(/eax 0x6\n[\s\S]*ecx 0x4\n/);
    expect(qemu).toMatch(/eax 0x6\n[\s\S]*ecx 0x2\n/);
    expect(none).toBe('eax 0xffffffff\n');
  });
});

describe('run --host rpciUntilReset=refuse', () => {
  it('a driver that sends RPCI before it has greeted cannot attach', async () => {
    const report = await runJson(DRIVER, '--for', '10s', '--host', 'rpciUntilReset=refuse');
    expect(report.console.join('\n')).toContain('failed to set HGFS server capability');
    expect(report.host).toMatchObject({ rpciOpens: 0, rpciCommands: [] });
  });
});
