import { type AccessHistory, evidenceOf, type Finding, type Plan, type Verdict } from '../judge/index.ts';
import type { Bench } from './bench.ts';

/** What a finding takes from its run. */
export interface FindingSource {
  readonly bench: Bench;
  readonly history: AccessHistory;
  readonly plan: Plan;
  readonly repeat: string;
}

/** A verdict with its place, its port accesses and what repeats it. */
export function toFinding(verdict: Verdict, { bench, history, plan, repeat }: FindingSource): Finding {
  const { accesses } = verdict;
  const last = accesses === undefined ? history.last : (accesses.at(-1)?.pc ?? null);
  const address = verdict.address ?? last ?? 0n;
  const place = bench.guest.symbolAt(address);
  const line = bench.guest.lineAt(verdict.site ?? address);
  return {
    kind: verdict.kind,
    ...(verdict.invariant === undefined ? {} : { invariant: verdict.invariant }),
    title: verdict.title,
    explanation: verdict.explanation,
    address: `0x${address.toString(16)}`,
    ...(place === null ? {} : { function: place.name }),
    ...(line === null ? {} : { line: line.text }),
    stack: verdict.stack,
    lastAccesses: accesses === undefined ? history.texts : history.describe(accesses),
    plan,
    evidence: evidenceOf(plan),
    repeat,
  };
}
