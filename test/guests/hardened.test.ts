import { describe, expect, it } from 'vitest';
import { runJson } from '../support/cli.ts';
import { complaints, disturb, everyFault, HOSTS } from './faulty-host.ts';

/** The driver that gets everything right: nothing that a host does leaves a trace on it. */

const GLITCH_HOST = ['--host', 'unsolicitedReply=glitch', '--host', 'resetAcrossReopen=drop'];
const BREAK_HOST = ['--host', 'unsolicitedReply=break', '--host', 'resetAcrossReopen=drop'];
const BREAK = ['--event', 'at=5s tclo.break'];
const GLITCH = ['--event', 'at=5s tclo.glitch'];
const SUSPEND = ['--event', 'at=5s suspend'];

const LOST = 'vmt0: TCLO channel lost, opening another';
const ENTERS = 'VMware guest entering suspended state';
const RESUMES = 'VMware guest resuming from suspended state';

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

  const SAMPLE = 16;

  it.each(Object.entries(HOSTS).map(([name, options], index) => ({ name, options, index })))(
    `${SAMPLE} single faults, host $name: no finding`,
    ({ name, options, index }) => {
      const faults = everyFault(driver, options);
      const stride = Math.floor(faults.length / SAMPLE);
      const sample = Array.from(
        { length: SAMPLE },
        (_, i) => faults[i * stride + ((7 * (i + index)) % stride)] as string,
      );
      const seen = sample.map((fault, seed) => ({ fault, ...disturb(driver, options, [fault], seed) }));
      expect(seen.filter(({ struck }) => !struck).map(({ fault }) => fault)).toEqual([]);
      expect(seen.flatMap(({ fault, findings }) => complaints(driver, name, [fault], findings))).toEqual([]);
    },
  );
});

it('the same faults are too much for the driver that was never patched', () => {
  const driver = 'vmt-unpatched-amd64';
  const breaks = everyFault(driver, {}).filter((fault) => fault.endsWith(' break'));
  const sample = breaks.filter((_, index) => index % 20 === 0);
  const found = sample.flatMap((fault) => disturb(driver, {}, [fault], 1).findings.map(({ invariant }) => invariant));
  expect(found).toContain('recovers');
});
