import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vmtbench } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const UNPATCHED = 'fixtures/kernels/vmt-unpatched-amd64.o';
const PATCHED = 'fixtures/kernels/vmt-patched-amd64.o';

async function traced(name: string, ...args: string[]): Promise<string> {
  const path = join(folder, name);
  await vmtbench(...args, '--trace', path);
  return path;
}

describe('vmtbench replay', () => {
  it('exits 0 where the guest talks the same, with all that made it what it is', async () => {
    const trace = await traced(
      'flags',
      ...['run', UNPATCHED, '--for', '3s', '--hostname', 'puffy', '--machine', 'memory=512', '--seed', '5'],
      ...['--interface', 'vio0 00:50:56:00:00:01 10.0.0.5/24', '--no-memory-check', '--stub', 'cold=0'],
      ...['--preempt', 'nth=30', '--budget', 'accesses=100000', '--event', 'at=1s suspend'],
    );
    const { status, stdout } = await vmtbench('replay', trace, UNPATCHED);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/talks the same: \d\d+ port accesses\n$/)]);
  });

  it('finds the object beside the trace', async () => {
    const trace = await traced('beside', 'run', UNPATCHED, '--for', '2s');
    expect(await vmtbench('replay', trace)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('neither here'),
    });
    copyFileSync(PATCHED, join(folder, 'vmt-unpatched-amd64.o'));
    expect(await vmtbench('replay', trace)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('another build'),
    });
    copyFileSync(UNPATCHED, join(folder, 'vmt-unpatched-amd64.o'));
    expect(await vmtbench('replay', trace)).toMatchObject({ status: 0 });
  });

  it('shows both frames, the place and the conversation so far where it differs', async () => {
    const trace = await traced('differs', 'run', UNPATCHED, '--for', '2s');
    const { status, stdout } = await vmtbench('replay', trace, PATCHED);
    expect(status).toBe(1);
    expect(stdout).toContain('0.000002s  console: vmt0 at pvbus0');
    expect(stdout).toContain('differs at access 2 in protocolNumber');
    expect(stdout).toMatch(/trace: 0\.000003s {2}OPEN of TCLO at 0x[0-9a-f]+\n/);
    expect(stdout).toMatch(/guest: 0\.000003s {2}OPEN of RPCI at 0x[0-9a-f]+, vm_rpc_open\+0x\w+ \(vmt_rpc\.c:\d+/);
    expect(stdout).toMatch(/rbx +0xcf4c4354 +0xc9435052/);
    const { stdout: json } = await vmtbench('replay', trace, PATCHED, '--json');
    expect(JSON.parse(json)).toMatchObject({
      same: false,
      accesses: 2,
      difference: { access: 2, recorded: { call: 'OPEN of TCLO' }, made: { call: 'OPEN of RPCI' } },
    });
  });

  it('repeats a call', async () => {
    const trace = await traced('call', 'call', UNPATCHED, 'vm_rpc_send_rpci_tx', '--boot', '@self', '"log x"');
    expect(await vmtbench('replay', trace, UNPATCHED)).toMatchObject({ status: 0 });
  });

  it('refuses a damaged trace', async () => {
    const trace = await traced('whole', 'run', UNPATCHED, '--for', '1s');
    writeFileSync(join(folder, 'cut'), readFileSync(trace).subarray(0, -1));
    const { status, stderr } = await vmtbench('replay', join(folder, 'cut'), UNPATCHED);
    expect([status, stderr]).toEqual([2, expect.stringContaining('is cut off')]);
  });
});
