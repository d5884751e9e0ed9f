import { z } from 'zod';
import { VmtbenchError } from '../../errors.ts';
import type { Found } from './changes.ts';

/** The part of an earlier report that is compared. */
const REPORT = z.object({
  runs: z.number(),
  accesses: z.number(),
  findings: z.array(
    z.object({
      kind: z.enum(['invariant', 'fault', 'hang', 'missingSymbol', 'memory']),
      invariant: z.string().optional(),
      triggers: z.record(z.string(), z.number()),
    }),
  ),
});

/**
 * Reads the output of `vmtbench check --json`.
 * @throws VmtbenchError `baseline` for any other text.
 */
export function parseBaseline(text: string, name: string): Found[] {
  const report = REPORT.safeParse(jsonOf(text, name));
  if (report.success) {
    return report.data.findings.map(({ kind, invariant, triggers }) =>
      invariant === undefined ? { kind, triggers } : { kind, invariant, triggers },
    );
  }
  const [issue] = report.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : `: ${issue.path.join('.')}`;
  throw unusable(name, `${place}: ${issue?.message ?? 'not a report'}`);
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(name, `: ${(error as Error).message}`);
  }
}

const unusable = (name: string, why: string): VmtbenchError =>
  new VmtbenchError(
    'baseline',
    `${name} is no report of a check${why}`,
    'Write one: vmtbench check OBJECT --json > FILE',
  );
