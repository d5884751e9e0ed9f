import type { AccessFact, Fact } from '../judge/index.ts';
import { FAULTS, type FaultKind, faultApplies } from '../tclo-host/index.ts';

const KINDS = Object.keys(FAULTS) as FaultKind[];

/** What may strike at an access: a fault, or what comes in between behind it. */
export type InjectionKind = FaultKind | 'preempt';

/** A soft interrupt that is due later than this is not waited for: as `--preempt` has it. */
const LONGEST_WAIT = 60e9;

/** The kinds of fault that mean something at an access. */
export function kindsAt({ call, command }: AccessFact): FaultKind[] {
  if (call === null && command === null) return [];
  return KINDS.filter((kind) => faultApplies(kind, call === null ? null : call.step));
}

/**
 * The accesses behind which something may come in between, by number. They are counted here: what lives share was seen
 * in one of them, at its own count.
 */
export function preemptionPointsOf(pieces: readonly (readonly Fact[])[]): ReadonlySet<number> {
  const preemptionPoints = new Set<number>();
  let access = -1;
  for (const facts of pieces) {
    for (const fact of facts) {
      if (fact[0] === 'access') access++;
      else if (fact[0] === 'preemptionPoint' && fact[1].due <= fact[1].at + LONGEST_WAIT) preemptionPoints.add(access);
    }
  }
  return preemptionPoints;
}

/**
 * A fault at one of the accesses as the command line says it, such as `tclo.sendsize nth=3 refuse`.
 * @param accesses all that come before it, and it.
 */
export function faultLine(accesses: readonly AccessFact[], kind: FaultKind): string {
  const at = accesses.at(-1) as AccessFact;
  const same = accesses.filter(matches(at, kind)).length;
  const { call } = at;
  const step = call === null ? 'port.any' : `${call.protocol ?? 'any'}.${call.step}`;
  return `${step} ${same === 1 ? '' : `nth=${same} `}${kind}`;
}

/** Which accesses the line's step means, too. */
function matches({ call: wanted }: AccessFact, kind: FaultKind): (access: AccessFact) => boolean {
  if (wanted === null) return ({ call }) => faultApplies(kind, call === null ? null : call.step);
  const { protocol, step } = wanted;
  return ({ call }) => call !== null && call.step === step && (protocol === null || call.protocol === protocol);
}

/** The same for what comes in between, as `--preempt` has it. */
export const preemptionLine = (access: number): string => `nth=${access + 1}`;
