import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/scenario/index.ts';
import { runJson, vmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-shrink-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OBJECT = 'fixtures/kernels/vmt-unpatched-amd64.o';
const PLAN = [
  ...['--for', '60s', '--event', 'at=5s tclo.break', '--event', 'at=2s ping', '--event', 'at=7s capabilities'],
  ...['--fault', 'rpci.open nth=300 refuse', '--host', 'maxChannels=5', '--seed', '3'],
];

describe('vmtbench shrink', () => {
  it('prints a repeat line and a scenario that show the cause', async () => {
    const [trace, yaml] = [join(folder, 'x.vmtrace'), join(folder, 'x.yaml')];
    await vmtbench('run', OBJECT, ...PLAN, '--trace', trace);
    const { status, stdout } = await vmtbench('shrink', trace, OBJECT, '-o', yaml);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^the guest never recovers its TCLO channel at vm_rpc_send\+/);
    expect(stdout).toContain('1 of 4 events, faults and preemptions show it');
    expect(parseScenario(readFileSync(yaml, 'utf8'), 'x.yaml')).toMatchObject({
      host: { maxChannels: 5 },
      seed: 3,
      events: [{ source: 'at=5s tclo.break' }],
      faults: [],
    });
    const { repeat } = JSON.parse((await vmtbench('shrink', trace, OBJECT, '--json')).stdout) as { repeat: string };
    const [, , ...words] = shellWords(repeat);
    expect((await runJson(...words)).findings.map(({ invariant }) => invariant)).toContain('recovers');
  });

  it('refuses a run without findings', async () => {
    const trace = join(folder, 'healthy.vmtrace');
    await vmtbench('run', OBJECT, '--for', '2s', '--trace', trace);
    const { status, stderr } = await vmtbench('shrink', trace, OBJECT);
    expect([status, stderr]).toEqual([2, expect.stringContaining('no finding')]);
  });
});
