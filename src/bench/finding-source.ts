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
  const place = verdictPlace(verdict, history);
  const frame = bench.frames.place(place.site, place.calls);
  const name = frame?.function ?? bench.guest.symbolAt(place.address)?.name ?? null;
  return {
    kind: verdict.kind,
    ...(verdict.invariant === undefined ? {} : { invariant: verdict.invariant }),
    title: verdict.title,
    explanation: verdict.explanation,
    address: `0x${place.address.toString(16)}`,
    ...(name === null ? {} : { function: name }),
    ...(frame?.line == null ? {} : { line: frame.line.text }),
    stack: verdict.stack,
    lastAccesses: accesses === undefined ? history.texts : history.describe(accesses),
    plan,
    evidence: evidenceOf(plan),
    repeat,
  };
}

/** Where a verdict is, and the calls that led there. */
export interface VerdictPlace {
  readonly address: bigint;
  /** Inside the instruction. */
  readonly site: bigint;
  /** Return addresses, the innermost first. */
  readonly calls: readonly bigint[];
}

/** The place of a verdict: its own; else that of the access that failed; else of the last access that shows it. */
export function verdictPlace(verdict: Verdict, history: Pick<AccessHistory, 'facts'>): VerdictPlace {
  const { accesses = history.facts, failed } = verdict;
  const access = failed ?? accesses.at(-1);
  const address = verdict.address ?? access?.pc ?? 0n;
  const calls = verdict.calls ?? (access?.pc === address ? access.calls : []);
  return { address, site: verdict.site ?? address, calls };
}
