import type { HostOptions } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { AnswerFate, ExecutionEnd, HeapBlock, JudgedKernel, SiteCode } from '../execution.ts';
import type { Verdict } from '../finding.ts';
import type { Watcher } from '../watcher.ts';

/** What a rule may read of the run that it judges. */
export interface RunContext {
  readonly host: HostOptions;
  /** Its name. */
  readonly kernel: string;
  readonly kernelFacts: JudgedKernel;
  /** The last port accesses before this call. */
  lastAccesses(): readonly AccessFact[];
  /** An address for people. */
  where(address: bigint): string;
}

/** How a run ended. */
export interface RunEnd {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** The guest was shut down, or ended early for another reason. */
  readonly early: boolean;
  /** The guest was shut down. */
  readonly halted: boolean;
  /** What ended it early; null: nothing did. */
  readonly ending?: ExecutionEnd | null;
  /** How the guest depends on an output that the protocol leaves open; absent: it was not compared. */
  readonly contract?: Verdict | null;
  /**
   * What the code around the executed backdoor instructions says; absent: it was not looked at.
   * @param needed the kernel saw the guest break the ABI: the code may explain it.
   */
  readonly code?: (needed: boolean) => readonly SiteCode[];
  /** What became of the answer in a register such as `ecx`; null: not known; absent: it was not looked at. */
  readonly fateOf?: (pc: bigint, register: string) => AnswerFate | null;
  /** The live blocks of the guest's heap, oldest first. */
  readonly blocks: readonly HeapBlock[];
}

/** The result of a rule: what broke it, or why the run cannot decide it. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly undecided?: string;
}

/** One rule over a run. It knows only the facts that it gets as an observer, so that recordings can be judged, too. */
export interface Invariant extends Watcher {
  judge(end: RunEnd): Judgement;
}
