import { afterAll, describe, expect, it } from 'vitest';
import { Explorer } from '../../src/check/explorer.ts';
import { kindsAt } from '../../src/check/injection-kinds.ts';
import { JudgedRun, siteOf } from '../../src/check/judged-run.ts';
import { Hosts } from '../../src/check/variants.ts';
import { accessAt, subjectOfFixture } from './support.ts';

const subject = subjectOfFixture('vmt-unpatched-amd64');
const explorer = new Explorer({ bench: subject.bench, hosts: new Hosts([{}]), until: subject.until });
afterAll(() => explorer.close());
const { accesses } = explorer.baseline(0);
const poll = accesses.findIndex(({ call }) => call?.protocol === 'tclo' && call.step === 'sendsize');

describe('a run without injections', () => {
  const run = new JudgedRun(explorer, [], 0);

  it('has no violations, no followers and says so', () => {
    expect([run.violations, run.followers(), run.trigger, run.shared]).toEqual([[], [], 'no fault', false]);
  });

  it('prints from the first access on', () => {
    expect(run.printed()).toEqual([expect.stringMatching(/^\d\.\d{6}s vmt0 at /)]);
  });
});

describe('a run with a dead channel', () => {
  const run = new JudgedRun(explorer, [{ access: poll, kind: 'break' }], 0);
  const [violation] = run.violations;

  it('violates recovers', () => {
    expect(violation?.symptom).toBe('recovers: tclo.sendsize refused');
    expect(violation?.cause).toEqual({
      cause: 'it never closes a dead channel @ vmt_tclo_tick',
      name: 'it never closes a dead channel',
      function: 'vmt_tclo_tick',
      line: expect.stringMatching(/^vmt_tclo\.c:\d+$/),
    });
    expect(run.trigger).toBe('tclo.sendsize break');
  });

  it('has a finding with its plan, its story and the command that repeats it', () => {
    if (violation === undefined) throw new Error('no violation');
    const finding = run.finding(violation, { ...subject, host: { highBandwidth: true } });
    expect(finding.plan).toMatchObject({ for: '35s', host: { highBandwidth: true }, faults: ['tclo.sendsize break'] });
    expect(finding.title).toBe('the guest never recovers its TCLO channel: tclo.sendsize refused');
    expect(finding.explanation).toMatch(/^The channel broke at the announcement of a poll; the driver tried again/);
    expect(finding.repeat).toBe(
      "vmtbench run fixtures/kernels/vmt-unpatched-amd64.o --for 35s --kernel openbsd --fault 'tclo.sendsize break' --host highBandwidth=true",
    );
  });

  it('prints at most ten lines, from the injection on', () => {
    const lines = run.printed();
    expect(lines).toHaveLength(10);
    expect(lines.every((line) => Number.parseFloat(line) * 1e9 + 1e3 > (accesses[poll]?.at ?? 0))).toBe(true);
  });

  it('offers the next eight accesses for a second injection', () => {
    expect(run.followers().map(({ access }) => access)).toEqual(Array.from({ length: 8 }, (_, n) => poll + 1 + n));
    expect(run.followers().every(({ kinds }) => kinds.length > 0)).toBe(true);
  });
});

it('an injection that the guest never meets offers nothing further', () => {
  expect(new JudgedRun(explorer, [{ access: 1e6, kind: 'break' }], 0).followers()).toEqual([]);
});

it('a pair has a trigger of both, and both in its plan', () => {
  const first = { access: poll, kind: 'break' } as const;
  const [next] = new JudgedRun(explorer, [first], 0).followers();
  const second = { access: next?.access ?? 0, kind: next?.kinds[0] ?? 'refuse' };
  const run = new JudgedRun(explorer, [first, second], 0);
  const [violation] = run.violations;
  if (violation === undefined) throw new Error('no violation');
  expect(run.trigger).toMatch(new RegExp(`^tclo\\.sendsize break, \\w+\\.\\w+.* ${second.kind}$`));
  const { plan, explanation } = run.finding(violation, { ...subject, host: {} });
  expect(plan.faults).toEqual(['tclo.sendsize break', expect.stringMatching(new RegExp(`${second.kind}$`))]);
  expect(explanation.match(/; the driver/g)).toHaveLength(2);
});

it('a site has the kinds of fault of its access, and a preemption where one is possible', () => {
  const access = accessAt(0, { step: 'open' });
  expect(siteOf(access, 4, new Set([5]))).toEqual({ access: 4, kinds: kindsAt(access) });
  expect(siteOf(access, 5, new Set([5]))).toEqual({ access: 5, kinds: [...kindsAt(access), 'preempt'] });
});
