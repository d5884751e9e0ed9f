import type { Invariant, RunContext } from './invariant.ts';
import { quiet } from './quiet.ts';
import { recovers } from './recovers.ts';

export type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';

/** What every run is judged by, beside the faults, hangs and panics that end it. */
export const RUN_INVARIANTS: readonly ((context: RunContext) => Invariant)[] = [recovers, quiet];
