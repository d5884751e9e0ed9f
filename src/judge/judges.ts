import type { PreemptionPoint } from '../plan/index.ts';
import { FAULTS, type HostEvent } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';
import type { AbiBreakFact, ExecutionEnd, ExecutionFacts, HeapBlock, PrintedLine } from './execution.ts';
import type { Expectation } from './expect/expectation.ts';
import { expectedRules, settleRules } from './expect/rules.ts';
import { watchExpectations } from './expect/watch.ts';
import type { InvariantName, Verdict } from './finding.ts';
import { AccessHistory } from './history.ts';
import {
  chosenInvariants,
  INVARIANTS,
  type Invariant,
  type InvariantChoice,
  type JudgedKind,
  type RunEnd,
} from './invariants/index.ts';
import { verdictOf } from './judge.ts';
import type { Watcher } from './watcher.ts';

/** The rules that an answer of no known host leaves: `FAULT_RULINGS` says which it does not. */
const SAFETY: ReadonlySet<string> = new Set<InvariantName>(['memorySafe', 'noPanic', 'hang', 'abi', 'contract']);

/** All rules and expectations of one run as one watcher, of a running guest or of recorded facts. */
export class Judges implements Watcher {
  readonly history: AccessHistory;
  readonly #execution: ExecutionFacts;
  readonly #expect: readonly Expectation[];
  readonly #rules: readonly string[];
  /** Of the rules, in their order, and of the expectations beyond them. */
  readonly #invariants: readonly Invariant[];
  /** Rules indexed by the hook they implement, for the hooks that are called often. */
  /** A fault of no known host was injected. */
  #unnamed = false;
  readonly #listeners: Readonly<Record<'access' | 'console' | 'hostEvent' | 'idle', readonly Invariant[]>>;

  /**
   * @param execution names places for people; it may be another one than the one that is judged.
   * @param more rules beyond those of every run.
   * @param expect what the run should show; rules that are named here are judged, too.
   */
  constructor(
    execution: ExecutionFacts,
    more: readonly InvariantChoice[] = [],
    expect: readonly Expectation[] = [],
    kind: JudgedKind = 'run',
  ) {
    this.#execution = execution;
    this.#expect = expect;
    this.history = new AccessHistory((pc) => execution.where(pc));
    const context = {
      host: execution.host.options,
      kernel: execution.guest.kernel,
      kernelFacts: execution.guest.kernelFacts,
      lastAccesses: () => this.history.facts,
      where: (address: bigint) => execution.where(address),
    };
    const rules = chosenInvariants([...more, ...expectedRules(expect)], kind);
    this.#rules = rules.map(({ name }) => name);
    const expected = expect.length === 0 ? [] : [watchExpectations(expect)];
    this.#invariants = [...rules.map(({ create }) => create(context)), ...expected];
    this.#listeners = {
      access: this.#invariants.filter(({ access }) => access !== undefined),
      console: this.#invariants.filter(({ console }) => console !== undefined),
      hostEvent: this.#invariants.filter(({ hostEvent }) => hostEvent !== undefined),
      idle: this.#invariants.filter(({ idle }) => idle !== undefined),
    };
  }

  access(fact: AccessFact): void {
    this.history.access(fact);
    if (fact.fault !== null && FAULTS[fact.fault.kind].unnamed === true) this.#unnamed = true;
    for (const invariant of this.#listeners.access) invariant.access?.(fact);
  }

  console(line: PrintedLine): void {
    for (const invariant of this.#listeners.console) invariant.console?.(line);
  }

  hostEvent(hostEvent: HostEvent): void {
    for (const invariant of this.#listeners.hostEvent) invariant.hostEvent?.(hostEvent);
  }

  preempted(preemptionPoint: PreemptionPoint): void {
    for (const invariant of this.#invariants) invariant.preempted?.(preemptionPoint);
  }

  abiBreak(fact: AbiBreakFact): void {
    for (const invariant of this.#invariants) invariant.abiBreak?.(fact);
  }

  booted(alive: boolean, blocks: readonly HeapBlock[]): void {
    for (const invariant of this.#invariants) invariant.booted?.(alive, blocks);
  }

  idle(at: number, blocks: readonly HeapBlock[]): void {
    for (const invariant of this.#listeners.idle) invariant.idle?.(at, blocks);
  }

  /**
   * The verdicts, the end of the run itself first; why each undecided rule could not decide; and notes on the rules that
   * broke as expected.
   */
  judge(
    ending: ExecutionEnd | null,
    end: Omit<RunEnd, 'early' | 'halted' | 'ending'>,
  ): { verdicts: readonly Verdict[]; undecided: readonly string[]; asExpected: readonly string[] } {
    const ended = ending === null ? null : verdictOf(ending, (frame) => this.#execution.frame(frame));
    // A guest that made too much of something did what it did until then.
    const early = ending !== null && ending.kind !== 'excess';
    const whole = { ...end, early, halted: ending?.kind === 'halted', ending };
    const judgements = this.#invariants.map((invariant) => invariant.judge(whole));
    const undecided = new Map<string, string>();
    for (const [index, rule] of this.#rules.entries()) {
      const why = judgements[index]?.undecided;
      if (why !== undefined) undecided.set(rule, why);
    }
    const broken = judgements.flatMap(({ verdicts }) => verdicts).filter((verdict) => this.#asks(verdict));
    const found = [...(ended === null ? [] : [ended]), ...broken];
    const { verdicts, notes } = settleRules({ verdicts: found, undecided }, this.#expect);
    return { verdicts, undecided: [...undecided.values()], asExpected: notes };
  }

  /** Expectations and rules of the user's own are judged whatever the host answered. */
  #asks({ invariant = '' }: Verdict): boolean {
    return !this.#unnamed || SAFETY.has(invariant) || !Object.hasOwn(INVARIANTS, invariant);
  }
}
