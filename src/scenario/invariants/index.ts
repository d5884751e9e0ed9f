import type { KernelName } from '../../guest/index.ts';
import type { HostOptions } from '../../tclo-host/index.ts';
import type { Invariant } from './invariant.ts';
import { quiet } from './quiet.ts';
import { recovers } from './recovers.ts';

export type { Invariant, RunEnd } from './invariant.ts';

/** What every run is judged by, beside the faults, hangs and panics that end it. */
export const RUN_INVARIANTS: readonly ((options: HostOptions, kernel: KernelName) => Invariant)[] = [recovers, quiet];
