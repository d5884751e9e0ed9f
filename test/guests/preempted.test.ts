import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, type RunReport, run } from '../../src/bench/index.ts';
import type { AccessFact } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { type PreemptionPoint, parsePreemption } from '../../src/plan/index.ts';

/** A list that a process sends and a soft interrupt gives back: fixtures/kernels/planted/preempted.c. */
const KERNELS = 'fixtures/kernels';

interface Seen {
  readonly report: RunReport;
  readonly facts: readonly AccessFact[];
  readonly preemptionPoints: readonly PreemptionPoint[];
}

function live(object: string, preemptions: readonly string[] | null, seed = 0): Seen {
  const facts: AccessFact[] = [];
  const preemptionPoints: PreemptionPoint[] = [];
  const bench = new Bench({
    object: parseObject(readFileSync(`${KERNELS}/${object}.o`), object),
    seed,
    ...(preemptions === null ? {} : { preemptions: preemptions.map(parsePreemption) }),
  });
  bench.watchers.push({
    access: (fact) => facts.push(fact),
    preemptionPoint: (preemptionPoint) => preemptionPoints.push(preemptionPoint),
  });
  const report = run(bench, { until: 3e9 });
  bench.close();
  return { report, facts, preemptionPoints };
}

describe.each(['amd64', 'i386'])('a list that a process and a soft interrupt share, %s', (machine) => {
  it('is misused only behind the two accesses at which the process counts on it', () => {
    const clean = live(`planted/preempted-${machine}`, []);
    expect(clean.report.findings).toEqual([]);
    const found = clean.preemptionPoints.flatMap(({ access }) => {
      const { findings } = live(`planted/preempted-${machine}`, [`nth=${access + 1}`]).report;
      return findings.map((finding) => ({ access, finding }));
    });
    const steps = found.map(({ access }) => clean.facts[access]?.call?.step);
    expect(new Set(steps)).toEqual(new Set(['open', 'sendsize']));
    for (const { access, finding } of found) {
      expect(finding).toMatchObject({ kind: 'memory', plan: { preemptions: [`nth=${access + 1}`] } });
      expect(finding.title).toMatch(/^use after free/);
      expect(finding.stack.at(-1)).toContain('vmt_nicinfo_task');
      expect(finding.repeat).toContain(`--preempt nth=${access + 1}`);
    }
  });

  it('is safe where the process keeps the other out, whatever comes when', () => {
    const { report, preemptionPoints } = live(`planted/preempted-guarded-${machine}`, []);
    expect([report.findings, preemptionPoints.length > 0]).toEqual([[], true]);
    for (const { access } of preemptionPoints) {
      expect(live(`planted/preempted-guarded-${machine}`, [`nth=${access + 1}`]).report.findings).toEqual([]);
    }
  });

  it('looking for openings changes nothing', () => {
    const [plain, watched] = [live(`planted/preempted-${machine}`, null), live(`planted/preempted-${machine}`, [])];
    expect(watched.facts).toEqual(plain.facts);
    expect(watched.report).toEqual(plain.report);
  });

  it('is drawn by the seed, the same at every run', () => {
    const ends = [1, 1, 2, 3, 4].map((seed) => live(`vmt-patched-${machine}`, ['random=4 within=20s'], seed).facts);
    expect(ends[0]).toEqual(ends[1]);
    expect(new Set(ends.map((facts) => JSON.stringify(facts.map(({ at }) => at)))).size).toBeGreaterThan(1);
  });
});

it("OpenBSD's own vmt(4) has one buffer for both: a request that the host sent is answered as unknown", () => {
  const { report } = live('vmt-patched-amd64', ['tclo.status nth=2 within=20s']);
  expect(report.host.tcloReplies).toContain('ERROR Unknown command');
  expect(live('vmt-patched-amd64', []).report.host.tcloReplies).not.toContain('ERROR Unknown command');
});
