import { EVIDENCE, type Evidence } from '../../tclo-host/index.ts';
import type { Bucket, BucketCount } from '../buckets.ts';
import type { CheckFinding } from './finding.ts';

/** What is to be mended, with all that it leads to. Plain data. */
export interface CheckCause {
  /** The guest's own decision, and where: `it greets unasked @ vmt_tclo_tick`. The same in each build of one source. */
  readonly cause: string;
  readonly function?: string;
  /** `vmt_tclo.c:123`, where the object has debug information. */
  readonly line?: string;
  /** The rules that its findings violate; the kinds of findings that violate none. */
  readonly rules: readonly string[];
  /** Of its findings the class that is nearest to real hosts. */
  readonly evidence?: Evidence;
  /** Executions that show it. */
  readonly executions: number;
  /** The smallest injection that shows it, in the words of `--fault`. */
  readonly smallest: string;
}

/** The rule of a finding, or its kind where it violates none. */
export const ruleOf = ({ invariant, kind }: { readonly invariant?: string; readonly kind: string }): string =>
  invariant ?? kind;

/**
 * The findings by cause, those seen on real hosts first, then the smallest.
 * @param buckets with the finding of each, in the order of the findings.
 */
export function causesOf(
  buckets: readonly { readonly bucket: Bucket & BucketCount; readonly finding: CheckFinding }[],
): CheckCause[] {
  const byCause = new Map<string, (typeof buckets)[number][]>();
  for (const one of buckets) {
    const list = byCause.get(one.finding.cause);
    if (list === undefined) byCause.set(one.finding.cause, [one]);
    else list.push(one);
  }
  return [...byCause.values()].map(causeOf).sort(byEvidence);
}

function causeOf(
  list: readonly { readonly bucket: Bucket & BucketCount; readonly finding: CheckFinding }[],
): CheckCause {
  const [first] = list as [(typeof list)[number]];
  const { cause, function: name, line } = first.bucket.cause;
  const evidence = strongest(list.flatMap(({ finding }) => finding.evidence ?? []));
  return {
    cause,
    ...(name === null ? {} : { function: name }),
    ...(line === null ? {} : { line }),
    rules: [...new Set(list.map(({ finding }) => ruleOf(finding)))].sort(),
    ...(evidence === undefined ? {} : { evidence }),
    executions: list.reduce((sum, { bucket }) => sum + bucket.leads, 0),
    smallest: smallestOf(first.finding),
  };
}

/** The injections of a finding in one line. */
export function smallestOf({ plan }: Pick<CheckFinding, 'plan'>): string {
  const preemptions = (plan.preemptions ?? []).map((text) => `preempt ${text}`);
  return [...plan.faults, ...preemptions].join(', ') || 'no fault';
}

const strongest = (list: readonly Evidence[]): Evidence | undefined => EVIDENCE.find((one) => list.includes(one));

const rank = ({ evidence }: { readonly evidence?: Evidence }): number =>
  evidence === undefined ? EVIDENCE.length : EVIDENCE.indexOf(evidence);

/** Compares by evidence alone: a stable sort keeps the order of what has the same. */
export const byEvidence = (a: { readonly evidence?: Evidence }, b: { readonly evidence?: Evidence }): number =>
  rank(a) - rank(b);
