import type { AccessFact, Fact } from '../judge/index.ts';
import { FAULTS, type FaultKind, faultApplies } from '../tclo-host/index.ts';

const KINDS = (Object.keys(FAULTS) as FaultKind[]).filter((kind) => FAULTS[kind].unnamed !== true);

/** What a test case injects at an access: a fault, or a soft interrupt right after it. */
export type InjectionKind = FaultKind | 'preempt';

/** Virtual nanoseconds. A preemption waits no longer for its soft interrupt, as with `--preempt`. */
const LONGEST_WAIT = 60e9;

/** The kinds of fault that have an effect at an access. */
export function kindsAt({ call, command }: AccessFact): FaultKind[] {
  if (call === null && command === null) return [];
  return KINDS.filter((kind) => faultApplies(kind, call === null ? null : call.step));
}

/**
 * The numbers of the accesses after which a soft interrupt can preempt the guest. This counts accesses anew: the facts
 * of a shared segment carry the numbers of the execution that recorded them.
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
 * A fault at the last of the accesses in the grammar of `--fault`, such as `tclo.sendsize nth=3 refuse`.
 * @param accesses the accesses of the execution up to the one with the fault.
 * @param words the kind with its own keys.
 */
export function faultLine(accesses: readonly AccessFact[], kind: FaultKind, words: string = kind): string {
  const at = accesses.at(-1) as AccessFact;
  const same = accesses.filter(matches(at, kind)).length;
  const { call } = at;
  const step = call === null ? 'port.any' : `${call.protocol ?? 'any'}.${call.step}`;
  return `${step} ${same === 1 ? '' : `nth=${same} `}${words}`;
}

/** Selects the accesses that the step of {@link faultLine} also matches. */
function matches({ call: wanted }: AccessFact, kind: FaultKind): (access: AccessFact) => boolean {
  if (wanted === null) return ({ call }) => faultApplies(kind, call === null ? null : call.step);
  const { protocol, step } = wanted;
  return ({ call }) => call !== null && call.step === step && (protocol === null || call.protocol === protocol);
}

/** A preemption after an access in the grammar of `--preempt`. @param access its number, from 0. */
export const preemptionLine = (access: number): string => `nth=${access + 1}`;
