import type { Invariant } from './invariant.ts';

/**
 * A guest does the same whatever stands in outputs that the protocol leaves open. The bench compares it with an execution
 * at a host that has the usual values there.
 */
export const contract = (): Invariant => ({
  judge: ({ contract: verdict = null }) => ({ verdicts: verdict === null ? [] : [verdict] }),
});
