import { describe, expect, test } from 'vitest';
import { debianFile } from '../guest/support/debian.ts';
import { debianModules, type ModuleMachine } from '../guest/support/modules.ts';
import { vmtbench } from '../support/cli.ts';

/** What a call of the command line came to: the rules of every run are asked. */
async function judged(...args: readonly string[]): Promise<{ findings: unknown[]; accesses: number; sites?: unknown }> {
  const { stdout, stderr } = await vmtbench(...args, '--json');
  expect(stderr).toBe('');
  const { findings, ports, sites } = JSON.parse(stdout);
  return { findings, accesses: ports.accesses, sites };
}

const MODULES = ['vmwgfx', 'ptp_vmw', 'psmouse', 'vmw_balloon'] as const;

/** The host's way of being called, and the seeds of what the protocol leaves open. */
const HOSTS = ['port', 'vmcall', 'vmmcall'].flatMap((hypercall) =>
  [0, 1, 7].map((unspecified) => [`hypercall=${hypercall}`, `unspecified=${unspecified}`] as const),
);

describe.each<ModuleMachine>(['amd64', 'i386'])(
  "modules of Debian's kernel conform and keep the ABI, %s",
  (machine) => {
    const paths = debianModules(machine, MODULES);
    const module = (name: (typeof MODULES)[number]): string => paths?.get(name) ?? '';

    describe.skipIf(paths === null).each(HOSTS)('%s %s', (...options) => {
      const host = options.flatMap((option) => ['--host', option]);

      // A 32-bit balloon does nothing before jiffies has wrapped, five minutes after the boot.
      test.each(['psmouse', 'vmw_balloon'] as const)('%s by itself', async (name) => {
        const { findings, accesses } = await judged('run', module(name), '--for', '310s', ...host);
        expect(findings).toEqual([]);
        expect(accesses).toBeGreaterThanOrEqual(6);
      });

      test('vmwgfx writes to the log and asks for a value', async () => {
        const log = await judged('call', module('vmwgfx'), 'vmw_host_printf', '"vmwgfx: %s"', '"answer"', ...host);
        expect(log).toMatchObject({ findings: [], accesses: 4 });
        const ask = ['vmw_host_get_guestinfo', '"guestinfo.motto"', 'buf:64', 'hex:4000000000000000'];
        const value = await judged('call', module('vmwgfx'), ...ask, ...host);
        expect(value.findings).toEqual([]);
        expect(value.accesses).toBeGreaterThan(5);
      });

      test('ptp_vmw reads the clock', async () => {
        const clock = await judged('call', module('ptp_vmw'), 'ptp_vmw_gettime', '0', 'buf:16', ...host);
        expect(clock).toMatchObject({ findings: [], accesses: 1 });
      });
    });
  },
);

describe.each([
  ['libvmtools', 'RpcOut_sendOne', ['0', '0', '"log %s"', '"x"']],
  ['libguestlib', 'VMGuestLib_OpenHandle', ['buf:8']],
] as const)('%s of open-vm-tools conforms and keeps the ABI', (name, function_, args) => {
  const library = debianFile('open-vm-tools', new RegExp(`${name}\\.so\\.0\\.0\\.0$`));
  test.skipIf(library === null).each([0, 1, 7])('unspecified=%i', async (seed) => {
    const call = await judged('call', library ?? '', function_, ...args, '--host', `unspecified=${seed}`);
    expect(call.findings).toEqual([]);
    expect(call.accesses).toBeGreaterThan(0);
  });
});
