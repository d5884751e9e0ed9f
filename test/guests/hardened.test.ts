import { describe, expect, it } from 'vitest';
import { type CampaignReport, explore, singleWorker } from '../../src/check/index.ts';
import { runJson } from '../support/cli.ts';
import { BEFORE, complaints, HOSTS, openLaboratory } from './hardened-executor.ts';

/** The driver that gets everything right: nothing that a host does leaves a trace on it. */

const GLITCH_HOST = ['--host', 'unsolicitedReply=glitch', '--host', 'resetAcrossReopen=drop'];
const BREAK_HOST = ['--host', 'unsolicitedReply=break', '--host', 'resetAcrossReopen=drop'];
const BREAK = ['--event', 'at=5s tclo.break'];
const GLITCH = ['--event', 'at=5s tclo.glitch'];
const SUSPEND = ['--event', 'at=5s suspend'];

const LOST = 'vmt0: TCLO channel lost, opening another';
const ENTERS = 'VMware guest entering suspended state';
const RESUMES = 'VMware guest resuming from suspended state';

/** Far beyond what it takes: nobody is to wait for ever. */
const PATIENCE = { timeout: 300_000 };

/** What all lives with one fault come to, whichever host it is. */
async function everyFault(driver: string): Promise<CampaignReport> {
  const executor = openLaboratory(driver);
  const options = { depth: 1, budget: 1_000_000, before: BEFORE, variants: HOSTS.length } as const;
  try {
    return await explore(executor, singleWorker(executor), options, () => {});
  } finally {
    executor.close();
  }
}

describe.each(['amd64', 'i386'])('vmt-hardened-%s', (machine) => {
  const driver = `vmt-hardened-${machine}`;

  it.each<[string, string[], string[], number]>([
    ['S0 a healthy host', ['--host', 'session=resetOnly'], [], 1],
    ['S1 a dead channel', BREAK, [LOST], 2],
    ['S1b a dead channel that cannot be closed', [...BREAK, '--host', 'closeBroken=refuse'], [LOST], 2],
    ['S3 one ping refused', [...GLITCH, ...GLITCH_HOST], [], 1],
    ['S3b where a greeting kills', [...GLITCH, ...BREAK_HOST], [], 1],
    ['S4 a checkpoint under the report', [...SUSPEND, '--host', 'unsolicitedReply=accept'], [ENTERS, RESUMES], 1],
    ['S5 a checkpoint on the first answer', ['--fault', 'rpci.receive nth=1 checkpoint'], [], 1],
    ['S6 a checkpoint where a greeting is a fault', [...SUSPEND, ...GLITCH_HOST], [ENTERS, RESUMES], 1],
    ['no address, where that breaks the channel', ['--host', 'addressError=break'], [], 1],
  ])('%s: heals, and says little', async (_, args, lines, opens) => {
    const { console, findings, host, status } = await runJson(`fixtures/kernels/${driver}.o`, '--for', '60s', ...args);
    expect(console.filter((line) => !line.startsWith('vmt0 at '))).toEqual(lines);
    expect([findings, status, host.tcloOpens]).toEqual([[], 0, opens]);
  });

  it('reports a suspend whose report met the checkpoint, once', async () => {
    const { host } = await runJson(`fixtures/kernels/${driver}.o`, '--for', '60s', ...SUSPEND);
    expect(host.rpciCommands.filter((text) => text.startsWith('tools.os.statechange.status'))).toEqual([
      'tools.os.statechange.status 1 3',
      'tools.os.statechange.status 1 5',
      'tools.os.statechange.status 1 4',
    ]);
  });

  it('lives through every single fault, from every host', PATIENCE, async () => {
    const { runs, findings, unexplored } = await everyFault(driver);
    expect(runs).toBeGreaterThan(10_000);
    expect([complaints(findings.map((finding) => ({ finding }))), unexplored]).toEqual([[], 0]);
  });
});

it('faults like these are too much for the driver that was never patched', PATIENCE, async () => {
  const { findings } = await everyFault('vmt-unpatched-amd64');
  expect(findings.map(({ invariant }) => invariant)).toEqual(
    expect.arrayContaining(['recovers', 'noLostEvent', 'noLeak']),
  );
});
