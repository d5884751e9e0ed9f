import type { AccessFact, Bench, Verdict } from '../scenario/index.ts';

/** How the guest was when its life was over. */
export interface Condition {
  /** It attached. */
  readonly alive: boolean;
  /** The last accesses of its life, oldest first. */
  readonly last: readonly AccessFact[];
  /** Virtual nanoseconds. */
  readonly end: number;
}

/** Accesses that are older than this at the end are not what the guest is doing. */
const RECENT = 5e9;

/**
 * What broke and how the guest was then, in words that hold for any build of the guest: `recovers: tclo.sendsize
 * refused`.
 */
export function symptomOf(verdict: Verdict, condition: Condition): string {
  const rule = verdict.invariant ?? verdict.kind;
  if (rule !== 'recovers') return `${rule}: ${withoutNumbers(verdict.title)}`;
  if (!condition.alive) return `${rule}: the attach failed`;
  const doings = new Set(doing(condition).map(stepOf));
  return `${rule}: ${doings.size === 0 ? 'the guest is silent' : [...doings].sort().join(', ')}`;
}

/** A symptom and where it shows: what tells one cause of findings from others. */
export function causeOf(verdict: Verdict, condition: Condition, bench: Bench): string {
  const symptom = symptomOf(verdict, condition);
  const pcs =
    verdict.invariant === 'recovers' && condition.alive
      ? doing(condition).map(({ pc }) => pc)
      : verdict.address === null
        ? []
        : [verdict.site ?? verdict.address];
  const places = new Set(pcs.map((pc) => bench.where(pc)));
  return [symptom, ...[...places].sort()].join(' @ ');
}

const doing = ({ last, end }: Condition): AccessFact[] => last.filter(({ at }) => end - at < RECENT);

const stepOf = ({ call, outcome, command }: AccessFact): string =>
  call === null ? `command ${command}` : `${call.protocol ?? 'no channel'}.${call.step} ${outcome}`;

/** Times, counts and addresses differ from trial to trial; what is quoted says what it is about. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+|\b\d+(\.\d+)?(?=s\b|\b)/gi, 'N');
}
