import { describe, expect, it } from 'vitest';
import { vmtbench } from '../support/cli.ts';

const DRIVERS = [
  'vmt-patched-amd64',
  'vmt-unpatched-quiet-i386',
  'vmt-hardened-amd64',
  'vmt-netbsd-patched-amd64',
  'vmt-freebsd-patched-i386',
];

describe('check reaches every backdoor instruction, by its scenario and the calls of users', () => {
  it.each(DRIVERS)(
    '%s',
    async (driver) => {
      const args = [`fixtures/kernels/${driver}.o`, '--budget', '400', '--workers', '1'];
      const { stdout } = await vmtbench('check', ...args, '--json');
      const { sites } = JSON.parse(stdout);
      expect(sites.missed).toEqual([]);
      expect(sites.executed).toBe(sites.total);
      expect(sites.total).toBeGreaterThan(16);
    },
    300_000,
  );
});

describe('run says which it did not', () => {
  it('as JSON', async () => {
    const { stdout } = await vmtbench('run', 'fixtures/kernels/vmt-patched-amd64.o', '--json');
    const { sites } = JSON.parse(stdout);
    expect([sites.executed, sites.total]).toEqual([10, 18]);
    expect(sites.missed).toContainEqual({
      instruction: 'outs',
      address: expect.stringMatching(/^0x[0-9a-f]+$/),
      function: 'vm_outs',
      line: 'vmt_rpc.c:19',
      uncalled: true,
    });
  });

  it('for people, by function and line', async () => {
    const { stdout } = await vmtbench('run', 'fixtures/kernels/vmt-patched-amd64.o');
    expect(stdout).toMatch(/^sites: 10 of 18 executed$/m);
    expect(stdout).toMatch(/^ {2}not executed: vmt_resume \(in, vmt_rpc\.c:7\)$/m);
    expect(stdout).toMatch(
      /^ {2}not executed, in functions that nothing in the object calls: vm_cmd \(in, vmt_rpc\.c:7\), /m,
    );
  });
});
