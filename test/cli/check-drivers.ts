import { beforeAll, expect, it } from 'vitest';
import type { CheckReport } from '../../src/cli/check-campaign.ts';
import { spawnVmtbench, vmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';

export const FIXTURE = (name: string): string => `fixtures/kernels/${name}.o`;
/** Milliseconds, far beyond what a test takes on a busy machine. */
export const PATIENCE = 600_000;
/** Time for the session, a suspend and a resume. */
const PLAN = ['--for', '4s', '--event', 'at=1500ms suspend quiet'];

/** As users run it: compiled, and with a thread for each core. */
export async function check(name: string, ...args: string[]): Promise<CheckReport & { readonly status: number }> {
  const { status, stdout, stderr } = await spawnVmtbench('check', FIXTURE(name), ...PLAN, '--json', ...args);
  if (status > 1) throw new Error(stderr);
  return { ...(JSON.parse(stdout) as CheckReport), status };
}

const symptoms = ({ findings }: CheckReport): string[] => findings.map(({ symptom }) => symptom);
const rulesOf = ({ findings }: CheckReport): string[] =>
  [...new Set(findings.map(({ invariant, kind }) => invariant ?? kind))].sort();

const DEAD_CHANNEL = 'recovers: tclo.sendsize refused';
const GREETING = /^recovers: tclo\.close ok, tclo\.open ok,.* tclo\.sendsize refused/;
const LOST_REPORT = 'noLostEvent: the report of OS_Suspend is lost';
export const LOST_POWER_ON = 'noLostEvent: the report of OS_PowerOn is lost';
const LEAKED = 'noLeak: a channel is left open after an attach that failed';
const CLOSE_REFUSED = 'recovers: tclo.close refused, tclo.sendsize refused';

/** What the whole check of the drivers of a machine finds. */
export const describeDrivers = (machine: 'amd64' | 'i386'): void => {
  let unpatched: CheckReport & { readonly status: number };
  let patched: CheckReport & { readonly status: number };
  beforeAll(async () => {
    unpatched = await check(`vmt-unpatched-${machine}`);
    patched = await check(`vmt-patched-${machine}`);
  }, PATIENCE);

  it('finds both bugs of the unpatched driver, the lost report and the leaked channel, without a hint where to look', () => {
    expect(unpatched.status).toBe(1);
    expect(symptoms(unpatched)).toEqual(expect.arrayContaining([DEAD_CHANNEL, LOST_REPORT, LEAKED]));
    expect(symptoms(unpatched)).toEqual(expect.arrayContaining([expect.stringMatching(GREETING)]));
    expect(unpatched.runs).toBeGreaterThan(4_000);
    const lost = unpatched.findings.filter(({ symptom }) => symptom === LOST_REPORT);
    expect(lost.flatMap(({ triggers }) => Object.keys(triggers))).toContain(
      'rpci.receive "tools.os.statechange.status" checkpoint',
    );
  });

  it('finds what the patch leaves: a close that is refused, and the lost report', () => {
    expect(symptoms(patched)).toEqual(expect.arrayContaining([CLOSE_REFUSED, LOST_REPORT]));
    expect(symptoms(patched)).not.toContain(DEAD_CHANNEL);
    expect(symptoms(patched)).not.toContain(LEAKED);
    expect(symptoms(patched).filter((text) => GREETING.test(text))).toEqual([]);
    const refused = patched.findings.find(({ symptom }) => symptom === CLOSE_REFUSED);
    expect(refused?.plan.host).toEqual({ closeBroken: 'refuse' });
    expect(Object.keys(refused?.triggers ?? {}).every((text) => text.endsWith(' (closeBroken=refuse)'))).toBe(true);
  });

  it('finds nothing in the driver that gets everything right', async () => {
    const hardened = await check(`vmt-hardened-${machine}`, '--budget', '1500');
    expect([hardened.findings, hardened.status, hardened.runs]).toEqual([[], 0, 1500]);
    expect(hardened.unexplored).toBeGreaterThan(1000);
  });

  it('finds the same in the object without its debug lines, but for the flooded console', async () => {
    const quiet = await check(`vmt-unpatched-quiet-${machine}`);
    const withoutFlood = (report: CheckReport): string[] =>
      symptoms(report)
        .filter((text) => !text.startsWith('quiet:'))
        .sort();
    expect(withoutFlood(quiet)).toEqual(withoutFlood(unpatched));
    expect(rulesOf(quiet)).toEqual(['noLeak', 'noLostEvent', 'recovers']);
  });

  it('explains in the words of the protocol', () => {
    const texts = patched.findings.map(({ explanation }) => explanation);
    expect(texts).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^The channel broke at the announcement of a poll; the driver did not announce it again/),
      ]),
    );
    for (const finding of [...patched.findings, ...unpatched.findings]) {
      expect([finding.cause, finding.line]).toEqual([finding.cause, expect.stringMatching(/^vmt\w*\.c:\d+/)]);
      expect(finding.runs).toBe(Object.values(finding.triggers).reduce((sum, count) => sum + count, 0));
    }
  });

  it("every finding's command repeats it", async () => {
    const all = [...unpatched.findings, ...patched.findings];
    // Ten of them, spread over both lists.
    const some = Array.from({ length: 10 }, (_, index) => all[Math.floor((index * all.length) / 10)]);
    for (const finding of some) {
      const [program, ...words] = shellWords(finding?.repeat ?? '');
      const { status, stdout } = await vmtbench(...words, '--json');
      const found = (JSON.parse(stdout) as CheckReport).findings;
      expect([program, status, found.map(({ invariant }) => invariant)]).toEqual([
        'vmtbench',
        1,
        expect.arrayContaining([finding?.invariant]),
      ]);
      expect(found.map(({ lastAccesses }) => lastAccesses)).toContainEqual(finding?.lastAccesses);
    }
  });
};
