import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/cli/check-campaign.ts';
import { runJson, spawnVmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';

const WORKERS = ['1', '2', '3'] as const;

/** Cases that states which were not whole have made differ. */
const CASES = [
  [
    'a FreeBSD driver that is shut down',
    ['vmt-freebsd-patched-amd64.o', '--host', 'session=resetOnly', '--event', 'at=2s halt', '--for', '3s'],
  ],
] as const;

/** The report without what depends on how the work was divided. */
function bodyOf(stdout: string): unknown {
  const { seconds, executed, shared, ...body } = JSON.parse(stdout) as CheckReport & Record<string, unknown>;
  return body;
}

describe('check', () => {
  it.each(CASES)(
    '%s: the report is the same with 1, 2 and 3 workers, and every finding repeats',
    async (_what, args) => {
      const [object, ...rest] = args;
      const command = ['check', `fixtures/kernels/${object}`, ...rest, '--json', '--workers'];
      const outputs: string[] = [];
      for (const workers of WORKERS) outputs.push((await spawnVmtbench(...command, workers)).stdout);
      const [first, ...others] = outputs.map(bodyOf);
      for (const other of others) expect(other).toEqual(first);
      const { findings } = first as CheckReport;
      expect(findings.length).toBeGreaterThan(10);
      for (const { repeat, invariant, kind, lastAccesses, symptom } of findings) {
        const again = await runJson(...shellWords(repeat).slice(2));
        const found = again.findings.map((finding) => [finding.invariant ?? finding.kind, finding.lastAccesses]);
        expect(found, `${symptom}\n${repeat}`).toContainEqual([invariant ?? kind, lastAccesses]);
      }
    },
    600_000,
  );
});
