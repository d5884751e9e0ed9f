import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

const attaches = (driver: string, ordeal: Parameters<typeof judge>[1]): (string | undefined)[] =>
  judge(driver, ordeal, [])
    .findings.filter(({ invariant }) => invariant === 'attaches' || invariant === 'recovers')
    .map(({ invariant }) => invariant);

const WRONG = 'sequence/store-cx-amd64';

describe('attaches', () => {
  it('says what the host answered last, and stands in for recovers', () => {
    const { findings, notes } = judge(WRONG, {}, []);
    expect(findings.map(({ invariant }) => invariant)).toEqual(['attaches']);
    expect(findings[0]?.explanation).toMatch(/^The host offers the device\. Its last answers: GETVERSION EAX 0x6 /);
    expect(findings[0]?.explanation).toMatch(/rpci\.open EAX 0x[01] ECX 0x10000 EDX 0x0 /);
    expect(findings[0]?.line).toBe('vmt_rpc.c:82');
    expect(notes).toEqual([]);
  });

  it('is not asked after a fault: recovers is', () => {
    expect(attaches('vmt-patched-amd64', { faults: ['rpci.open nth=1 refuse'] })).toEqual(['recovers']);
    expect(attaches('vmt-patched-amd64', { faults: ['port.any nth=1 refuse'] })).toEqual([]);
  });

  it.each([{ personality: 'none' }, { personality: 'qemu' }] as const)('is not asked of %o', (host) => {
    expect(attaches('vmt-patched-amd64', { host })).toEqual([]);
  });

  it.each([{ rpciUntilReset: 'refuse' }, { highBandwidth: false }] as const)('%o: recovers asks', (host) => {
    expect(attaches('vmt-patched-amd64', { host })).toEqual(['recovers']);
  });
});
