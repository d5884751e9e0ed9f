import type { AccessFact, Fact } from '../judge/index.ts';
import { faultWords } from '../plan/index.ts';
import { faultApplies, type HostFault } from '../tclo-host/index.ts';
import { type InjectionKind, injectionOf, LASTS } from './injection-kinds.ts';

/** Virtual nanoseconds. A preemption waits no longer for its soft interrupt, as with `--preempt`. */
const LONGEST_WAIT = 60e9;

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
 */
export function faultLine(accesses: readonly AccessFact[], fault: HostFault): string {
  const at = accesses.at(-1) as AccessFact;
  const same = accesses.filter(matches(at, fault.kind)).length;
  return `${stepOf(at)} ${same === 1 ? '' : `nth=${same} `}${faultWords(fault)}`;
}

/**
 * The lines of one injection: one for a single fault or a lasting one; one for each hit of a fault that hits twice.
 * @param accesses of the whole execution. @param repeated the numbers of the accesses that it hit after its first one.
 */
export function faultLines(
  accesses: readonly AccessFact[],
  access: number,
  kind: InjectionKind,
  repeated: readonly number[],
): string[] {
  const injection = injectionOf(kind);
  if (injection === null) return [];
  const at = accesses[access] as AccessFact;
  const { fault, span } = injection;
  const until = at.fault?.until;
  if (span === 'lasting' && until !== undefined)
    return [`${stepOf(at)} from=${until - LASTS}ns until=${until}ns every ${faultWords(fault)}`];
  return [access, ...(span === 'twice' ? repeated : [])].map((one) => faultLine(accesses.slice(0, one + 1), fault));
}

const stepOf = ({ call }: AccessFact): string =>
  call === null ? 'port.any' : `${call.protocol ?? 'any'}.${call.step}`;

/** Selects the accesses that the step of {@link faultLine} also matches. */
function matches({ call: wanted }: AccessFact, kind: HostFault['kind']): (access: AccessFact) => boolean {
  if (wanted === null) return ({ call }) => faultApplies(kind, call === null ? null : call.step);
  const { protocol, step } = wanted;
  return ({ call }) => call !== null && call.step === step && (protocol === null || call.protocol === protocol);
}

/** A preemption after an access in the grammar of `--preempt`. @param access its number, from 0. */
export const preemptionLine = (access: number): string => `nth=${access + 1}`;
