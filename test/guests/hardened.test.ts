import { describe, expect, it } from 'vitest';
import { type CampaignReport, explore, singleWorker } from '../../src/check/index.ts';
import { runJson } from '../support/cli.ts';
import { complaints, openExecutor } from './hardened-executor.ts';

/** The driver that gets everything right: nothing that a host does leaves a trace on it. */

const GLITCH_HOST = ['--host', 'unsolicitedReply=glitch', '--host', 'resetAcrossReopen=drop'];
const BREAK_HOST = ['--host', 'unsolicitedReply=break', '--host', 'resetAcrossReopen=drop'];
const BREAK = ['--event', 'at=5s tclo.break'];
const GLITCH = ['--event', 'at=5s tclo.glitch'];
const SUSPEND = ['--event', 'at=5s suspend'];

const LOST = 'vmt0: TCLO channel lost, opening another';
const ENTERS = 'VMware guest entering suspended state';
const RESUMES = 'VMware guest resuming from suspended state';

/** Runs, spread over all faults and hosts. All of them are in test/long/hardened.test.ts. */
const BUDGET = 2000;

/** The results of runs with one fault, at every host. */
async function singleFaults(driver: string): Promise<CampaignReport> {
  const executor = openExecutor(driver);
  const options = { depth: 1, budget: BUDGET } as const;
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

  it('survives single faults, from every host', async () => {
    const { runs, findings, unexplored } = await singleFaults(driver);
    expect([runs, unexplored > 10_000]).toEqual([BUDGET, true]);
    expect(complaints(findings.map((finding) => ({ finding })))).toEqual([]);
  });
});

it('faults like these are too much for the driver that was never patched', async () => {
  const { findings } = await singleFaults('vmt-unpatched-amd64');
  expect(findings.map(({ invariant }) => invariant)).toEqual(
    expect.arrayContaining(['recovers', 'noLostEvent', 'noLeak']),
  );
});
