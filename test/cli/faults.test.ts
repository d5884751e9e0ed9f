import { describe, expect, it } from 'vitest';
import { FAULTS, type FaultKind } from '../../src/tclo-host/index.ts';
import { runJson } from '../support/cli.ts';

/** A driver, and which of the matching accesses a fault hits. */
const DRIVERS = [
  ['fixtures/kernels/vmt-patched-amd64.o', 'nth=2'],
  ['fixtures/kernels/vmt-unpatched-i386.o', 'every'],
] as const;
const KINDS = Object.keys(FAULTS) as FaultKind[];

/** Steps that the driver, which has high bandwidth, comes to on each protocol. */
const PROTOCOLS = ['rpci', 'tclo'] as const;

describe.each(DRIVERS)('%s, %s', (driver, which) => {
  describe.each(KINDS)('%s', (kind) => {
    const cases = FAULTS[kind].steps.flatMap((step) => PROTOCOLS.map((protocol) => `${protocol}.${step}`));

    it.each(cases)('at %s: the run ends, with findings or without', async (step) => {
      const report = await runJson(driver, '--for', '12s', '--fault', `${step} ${which} ${kind}`, '--seed', '3');
      expect(report.status).toBe(report.findings.length > 0 ? 1 : 0);
      expect(report.findings.filter(({ kind: found }) => found === 'fault' || found === 'hang')).toEqual([]);
      expect(report.virtualSeconds).toBeLessThanOrEqual(13);
    });
  });

  it.each(KINDS.filter((kind) => FAULTS[kind].anyCommand === true))('port.any every %s', async (kind) => {
    const report = await runJson(driver, '--for', '12s', '--fault', `port.any every ${kind}`);
    expect(report.status).toBe(report.findings.length > 0 ? 1 : 0);
  });
});
