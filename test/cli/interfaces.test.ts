import { describe, expect, it } from 'vitest';
import { type RunJson, vmtbench } from '../support/cli.ts';

const VMX0 = 'vmx0 00:50:56:01:02:03 10.0.0.5/24';

const run = (driver: string, ...flags: readonly string[]): ReturnType<typeof vmtbench> =>
  vmtbench('run', `fixtures/kernels/${driver}.o`, '--for', '10s', '--event', 'at=5s broadcastIp', ...flags);

describe('--interface', () => {
  it.each(['vmt-patched-amd64', 'vmt-netbsd-patched-i386'])('is what %s tells of its network', async (driver) => {
    const { stdout } = await run(driver, '--interface', 'lo0 127.0.0.1/8', '--interface', VMX0, '--json');
    expect((JSON.parse(stdout) as RunJson).host.rpciCommands).toContain('info-set guestinfo.ip 10.0.0.5');
    const without = await run(driver, '--json');
    expect((JSON.parse(without.stdout) as RunJson).host.rpciCommands.join()).not.toContain('guestinfo.ip');
  });

  it('is in the command that repeats the run', async () => {
    const { stdout } = await run(
      'vmt-unpatched-amd64',
      '--event',
      'at=1s tclo.break',
      '--for',
      '60s',
      '--interface',
      VMX0,
    );
    expect(stdout).toContain(`--interface '${VMX0}'`);
  });
});
