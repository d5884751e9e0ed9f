import type { AccessFact } from '../scenario/index.ts';
import { FAULTS, type FaultKind, faultApplies } from '../tclo-host/index.ts';

const KINDS = Object.keys(FAULTS) as FaultKind[];

/** The kinds of fault that mean something at an access. */
export function kindsAt({ call, command }: AccessFact): FaultKind[] {
  if (call === null && command === null) return [];
  return KINDS.filter((kind) => faultApplies(kind, call === null ? null : call.step));
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
