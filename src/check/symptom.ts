import type { AccessFact, Verdict } from '../judge/index.ts';

/** The state of the guest at the end of its execution. */
export interface Condition {
  /** The driver attached. */
  readonly alive: boolean;
  /** Its last accesses to TCLO channels, oldest first. */
  readonly lately: readonly AccessFact[];
}

/** Virtual nanoseconds before the end that {@link Condition.lately} covers: a guest that retries does so in this time. */
const LATELY = 10e9;

/** @param accesses of the whole execution. @param end virtual nanoseconds. */
export function conditionOf(accesses: readonly AccessFact[], alive: boolean, end: number): Condition {
  const since = accesses.findIndex(({ at }) => end - at < LATELY);
  const lately = since < 0 ? [] : accesses.slice(since);
  return { alive, lately: lately.filter(({ call }) => call !== null && call.protocol !== 'rpci') };
}

/**
 * The violated rule and the state of the guest, the same for every build of the guest: `recovers: tclo.sendsize
 * refused`.
 */
export function symptomOf(verdict: Verdict, condition: Condition): string {
  const rule = verdict.invariant ?? verdict.kind;
  return `${rule}: ${stateOf(verdict, condition) ?? withoutNumbers(verdict.title)}`;
}

/** What a guest that violates `recovers` does at the end. Null for other rules: their titles say what happened. */
export function stateOf({ invariant }: Verdict, { alive, lately }: Condition): string | null {
  if (invariant !== 'recovers') return null;
  if (!alive) return 'the attach failed';
  const steps = [...new Set(lately.map(stepOf))].sort();
  if (steps.length === 0) return 'it is silent';
  return steps.join(steps.some((step) => step.includes(',')) ? '; ' : ', ');
}

function stepOf({ call, outcome }: AccessFact): string {
  const { protocol = null, step = '' } = call ?? {};
  if (protocol !== null) return `${protocol}.${step} ${outcome}`;
  return `${step.toUpperCase()} of an unknown ${step === 'open' ? 'protocol' : 'channel'}, ${outcome}`;
}

/** Replaces times, counts and addresses, which differ between test cases. Quoted texts stay. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+|\b\d+(\.\d+)?(?=s\b|\b)/gi, 'N');
}
