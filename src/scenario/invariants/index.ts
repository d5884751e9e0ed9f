import type { Invariant, RunContext } from './invariant.ts';
import { noLeak } from './no-leak.ts';
import { quiet } from './quiet.ts';
import { recovers } from './recovers.ts';

export type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';

/** The rules that a run is judged by only where it is asked to: by their name. */
export const MORE_INVARIANTS: Readonly<Record<'noLeak', (context: RunContext) => Invariant>> = { noLeak };

/** What every run is judged by, beside the faults, hangs and panics that end it. */
export const RUN_INVARIANTS: Readonly<Record<'recovers' | 'quiet', (context: RunContext) => Invariant>> = {
  recovers,
  quiet,
};
