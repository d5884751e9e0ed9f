import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CheckOptions, check, type Progress } from '../../src/check/index.ts';
import { VmtbenchError } from '../../src/errors.ts';
import { parseObject } from '../../src/object/index.ts';

const PATH = 'fixtures/kernels/vmt-unpatched-amd64.o';
const short: CheckOptions = { object: PATH, for: '1ms', events: [], maxRuns: 60 };

describe('check', () => {
  it('finds what the driver does not survive, and reports progress', async () => {
    const seen: Progress[] = [];
    const { findings, ...report } = await check({ ...short, onProgress: (now) => seen.push(now) });
    expect(report).toMatchObject({ runs: 60, unexplored: expect.any(Number) });
    expect(report.executed + report.shared).toBe(60);
    expect(findings.map(({ invariant }) => invariant)).toContain('noLeak');
    expect(findings[0]?.repeat).toMatch(`vmtbench run ${PATH} --for 120.001s --kernel openbsd`);
    expect(seen.at(-1)).toEqual({ done: 60, total: 60, findings: findings.length });
  });

  it('takes an object as path, as bytes or parsed', async () => {
    const bytes = readFileSync(PATH);
    const causes = async (object: CheckOptions['object']) =>
      (await check({ ...short, object, maxRuns: 20 })).findings.map(({ cause }) => cause);
    const [path, raw, parsed] = [await causes(PATH), await causes(bytes), await causes(parseObject(bytes, 'vmt.o'))];
    expect([raw, parsed]).toEqual([path, path]);
  });

  it('judges by the plan of a scenario, and has a suspend, a backup and the calls of users without one', async () => {
    const { object, maxRuns } = { ...short, maxRuns: 8 };
    const usual = await check({ object, for: '1ms', maxRuns });
    expect(usual.findings[0]?.plan.events).toEqual([
      'at=10s suspend quiet',
      'at=25s backup',
      'at=35s guest.kv write guestinfo.vmtbench 1',
      'at=36s guest.kv read guestinfo.vmtbench',
    ]);
    const own = await check({
      object,
      for: '1ms',
      maxRuns,
      events: ['at=3s tclo.glitch'],
      host: { closeBroken: 'refuse' },
    });
    expect(own.findings[0]?.plan).toMatchObject({ events: ['at=3s tclo.glitch'], host: { closeBroken: 'refuse' } });
  });

  it('ends at a signal', async () => {
    const { runs, findings } = await check({ ...short, signal: AbortSignal.abort() });
    expect([runs, findings]).toEqual([0, []]);
  });

  it.each<[string, Partial<CheckOptions>, string]>([
    ['a depth of 3', { depth: 3 as 2 }, 'check.extent'],
    ['no runs', { maxRuns: 0 }, 'check.extent'],
    ['half a run', { maxRuns: 1.5 }, 'check.extent'],
    ['a driver without a device', { kernel: 'netbsd' }, 'check.attach'],
    ['an object that no kernel boots', { object: 'fixtures/kernels/bare-amd64.o' }, 'run.kernel'],
    ['a missing object', { object: 'nosuch.o' }, 'input'],
  ])('refuses %s', async (_, options, code) => {
    const error = await check({ ...short, ...options }).catch((thrown: unknown) => thrown);
    expect([error instanceof VmtbenchError, (error as VmtbenchError).code]).toEqual([true, code]);
  });
});
