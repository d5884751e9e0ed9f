import { z } from 'zod';
import { VmtbenchError } from '../../errors.ts';
import type { Compared } from './changes.ts';

/** The part of an earlier report that is compared. */
const REPORT = z.object({
  runs: z.number(),
  accesses: z.number(),
  unexplored: z.number().default(0),
  ran: z.record(z.string(), z.string()).optional(),
  findings: z.array(
    z.object({
      kind: z.enum(['invariant', 'fault', 'hang', 'missingSymbol', 'memory']),
      invariant: z.string().optional(),
      triggers: z.record(z.string(), z.number()),
      occurrences: z.record(z.string(), z.string()).optional(),
      cause: z.string().optional(),
    }),
  ),
});

/**
 * Reads the output of `vmtbench check --json`, of earlier versions, too.
 * @throws VmtbenchError `baseline` for any other text.
 */
export function parseBaseline(text: string, name: string): Compared {
  const report = REPORT.safeParse(jsonOf(text, name));
  if (report.success) {
    const { findings, ran, unexplored } = report.data;
    return {
      findings: findings.map(({ kind, triggers, invariant, occurrences, cause }) => ({
        kind,
        triggers,
        ...(invariant === undefined ? {} : { invariant }),
        ...(occurrences === undefined ? {} : { occurrences }),
        // Earlier versions named causes in another way.
        ...(cause === undefined || ran === undefined ? {} : { cause }),
      })),
      ...(ran === undefined ? {} : { ran }),
      whole: unexplored === 0,
    };
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
