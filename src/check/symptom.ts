import type { Bench } from '../bench/index.ts';
import type { AccessFact, Verdict } from '../judge/index.ts';

/** How the guest was when its life was over. */
export interface Condition {
  /** It attached. */
  readonly alive: boolean;
  /** What it did with its TCLO channel at last, oldest first. */
  readonly lately: readonly AccessFact[];
}

/** Virtual time before the end that counts as lately: a guest that tries again does so in it. */
const LATELY = 10e9;

/** @param accesses of the whole life. */
export function conditionOf(accesses: readonly AccessFact[], alive: boolean, end: number): Condition {
  const since = accesses.findIndex(({ at }) => end - at < LATELY);
  const lately = since < 0 ? [] : accesses.slice(since);
  return { alive, lately: lately.filter(({ call }) => call !== null && call.protocol !== 'rpci') };
}

/**
 * What broke and how the guest was then, in words that hold for any build of the guest: `recovers: tclo.sendsize
 * refused`.
 */
export function symptomOf(verdict: Verdict, condition: Condition): string {
  const rule = verdict.invariant ?? verdict.kind;
  return `${rule}: ${stateOf(verdict, condition) ?? withoutNumbers(verdict.title)}`;
}

/** How a guest is that does not recover; null for another verdict, whose title says it. */
export function stateOf({ invariant }: Verdict, { alive, lately }: Condition): string | null {
  if (invariant !== 'recovers') return null;
  if (!alive) return 'the attach failed';
  const steps = new Set(lately.map(stepOf));
  return steps.size === 0 ? 'it is silent' : [...steps].sort().join(', ');
}

/** A symptom and where it shows: what tells one cause of findings from others. */
export function causeOf(verdict: Verdict, condition: Condition, bench: Bench): string {
  const places = new Set(placesOf(verdict, condition).map((pc) => bench.where(pc)));
  return [symptomOf(verdict, condition), ...[...places].sort()].join(' @ ');
}

function placesOf({ invariant, address, site }: Verdict, { alive, lately }: Condition): bigint[] {
  if (invariant === 'recovers' && alive) return [...new Set(lately.map(({ pc }) => pc))];
  return address === null ? [] : [site ?? address];
}

const stepOf = ({ call, outcome }: AccessFact): string =>
  `${call?.protocol ?? 'no channel'}.${call?.step ?? ''} ${outcome}`;

/** Times, counts and addresses differ from trial to trial; what is quoted says what it is about. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+|\b\d+(\.\d+)?(?=s\b|\b)/gi, 'N');
}
