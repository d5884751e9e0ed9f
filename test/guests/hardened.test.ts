import { describe, expect, it } from 'vitest';
import type { Discovery } from '../../src/check/discovery.ts';
import type { Trial } from '../../src/check/trial.ts';
import { runJson } from '../support/cli.ts';
import { complaints, everySingle, openLaboratory } from './hardened-laboratory.ts';

/** The driver that gets everything right: nothing that a host does leaves a trace on it. */

const GLITCH_HOST = ['--host', 'unsolicitedReply=glitch', '--host', 'resetAcrossReopen=drop'];
const BREAK_HOST = ['--host', 'unsolicitedReply=break', '--host', 'resetAcrossReopen=drop'];
const BREAK = ['--event', 'at=5s tclo.break'];
const GLITCH = ['--event', 'at=5s tclo.glitch'];
const SUSPEND = ['--event', 'at=5s suspend'];

const LOST = 'vmt0: TCLO channel lost, opening another';
const ENTERS = 'VMware guest entering suspended state';
const RESUMES = 'VMware guest resuming from suspended state';

const SAMPLE = 120;
/** Of lives that share nothing with others: each ends otherwise. */
const FEW = 15;
/** Far beyond what it takes: nobody is to wait for ever. */
const PATIENCE = { timeout: 300_000 };

/** What lives with one fault each come to, at even distances over all accesses, kinds and hosts. */
function sampleOf(driver: string, count: number): readonly Discovery[] {
  const laboratory = openLaboratory(driver);
  try {
    const all = everySingle(laboratory);
    const trials = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as Trial);
    return laboratory.perform(trials, false).discoveries.flatMap(({ first }) => first ?? []);
  } finally {
    laboratory.close();
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

  it(`${SAMPLE} lives, each with one fault: no finding`, PATIENCE, () => {
    expect(complaints(sampleOf(driver, SAMPLE))).toEqual([]);
  });
});

it('faults like these are too much for the driver that was never patched', PATIENCE, () => {
  expect(sampleOf('vmt-unpatched-amd64', FEW).map(({ finding }) => finding.invariant)).toContain('recovers');
});
