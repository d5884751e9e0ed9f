import type { Allocation, ConsoleLine } from '../guest/index.ts';
import type { HostHappening } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';
import type { Bench } from './bench.ts';
import type { Verdict } from './finding.ts';
import { AccessHistory } from './history.ts';
import { type Invariant, MORE_INVARIANTS, RUN_INVARIANTS, type RunEnd } from './invariants/index.ts';
import { verdictOf } from './judge.ts';
import type { Ending } from './life.ts';
import type { Watcher } from './watcher.ts';

/** Everybody who judges one run, as one watcher: of the guest itself, or of what was recorded of one. */
export class Judges implements Watcher {
  readonly history: AccessHistory;
  readonly #bench: Bench;
  readonly #invariants: readonly Invariant[];

  /** @param bench names places for people; it need not be the one that runs. */
  constructor(bench: Bench, more: readonly (keyof typeof MORE_INVARIANTS)[] = []) {
    this.#bench = bench;
    this.history = new AccessHistory((pc) => bench.where(pc));
    const context = {
      host: bench.host.options,
      kernel: bench.guest.kernel,
      lastAccesses: () => this.history.facts,
    };
    this.#invariants = [...RUN_INVARIANTS, ...more.map((name) => MORE_INVARIANTS[name])].map((make) => make(context));
  }

  access(fact: AccessFact): void {
    this.history.access(fact);
    for (const invariant of this.#invariants) invariant.access?.(fact);
  }

  console(line: ConsoleLine): void {
    for (const invariant of this.#invariants) invariant.console?.(line);
  }

  happening(happening: HostHappening): void {
    for (const invariant of this.#invariants) invariant.happening?.(happening);
  }

  booted(alive: boolean, blocks: readonly Allocation[]): void {
    for (const invariant of this.#invariants) invariant.booted?.(alive, blocks);
  }

  settled(at: number, blocks: readonly Allocation[]): void {
    for (const invariant of this.#invariants) invariant.settled?.(at, blocks);
  }

  /** What broke which rule, the end of the run itself first; and why a rule could not be judged. */
  judge(ending: Ending, end: Omit<RunEnd, 'early' | 'halted'>): { verdicts: Verdict[]; undecided: string[] } {
    const ended = ending === null ? null : verdictOf(ending, (frame) => this.#bench.frame(frame));
    const whole = { ...end, early: ending !== null, halted: ending?.kind === 'halted' };
    const judgements = this.#invariants.map((invariant) => invariant.judge(whole));
    return {
      verdicts: [...(ended === null ? [] : [ended]), ...judgements.flatMap(({ verdicts }) => verdicts)],
      undecided: judgements.flatMap(({ undecided }) => undecided ?? []),
    };
  }
}
