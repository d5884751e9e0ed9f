import { type Bench, codeOfSites, toFinding } from '../bench/index.ts';
import { answerFate } from '../guest/index.ts';
import {
  type AccessFact,
  type Finding,
  INVARIANTS,
  type InvariantName,
  Judges,
  type Plan,
  replayFacts,
  type SiteCode,
  type Verdict,
} from '../judge/index.ts';
import { formatSeconds } from '../plan/index.ts';
import { type Evidence, type FaultPlace, farther, faultEvidence, type HostOptions } from '../tclo-host/index.ts';
import { courseOf } from './cause/course.ts';
import type { Cause, CauseNamer } from './cause/namer.ts';
import { accessesOf, type Execution } from './execution.ts';
import { explainInjection } from './explain.ts';
import type { Explorer } from './explorer.ts';
import { type InjectionKind, injectionOf, kindsAt } from './injection-kinds.ts';
import { faultLines, preemptionLine, preemptionPointsOf } from './injections.ts';
import { stepOf, triggerOf } from './occurrences.ts';
import { takeOptionsRead } from './stepper.ts';
import type { ReportContext } from './subject.ts';
import { type Condition, conditionOf, stateOf, symptomOf } from './symptom.ts';
import type { InjectionSite, PlannedInjection } from './test-case.ts';

/** One violation of a rule in an execution. */
export interface Violation {
  readonly cause: Cause;
  readonly symptom: string;
  readonly verdict: Verdict;
}

/** A second injection follows the first within this many accesses. */
const WINDOW = 8;
/** The trigger of a run without injections. */
export const NO_FAULT = 'no fault';
/** Console lines that a finding shows at most. */
const MOST_LINES = 10;
/** A check judges by every rule. */
const RULES = Object.keys(INVARIANTS) as InvariantName[];

/** The execution of a test case, judged by every rule. */
export class JudgedRun {
  readonly injections: readonly PlannedInjection[];
  /** At a host that differs only in other options the execution and its verdicts are the same. */
  readonly optionsRead: readonly (keyof HostOptions)[];
  readonly violations: readonly Violation[];
  /** The rules that the execution cannot decide. */
  readonly undecided: readonly string[];
  /** True if a part of the execution belongs to another test case, too. */
  readonly shared: boolean;
  readonly #bench: Bench;
  readonly #execution: Execution;
  readonly #judges: Judges;
  readonly #causes: CauseNamer;
  #allAccesses: readonly AccessFact[] | null = null;

  /** @param contract how the guest depends on an output that the protocol leaves open, where that was compared. */
  constructor(
    explorer: Explorer,
    injections: readonly PlannedInjection[],
    host: number,
    contract: Verdict | null = null,
  ) {
    this.injections = injections;
    this.#bench = explorer.bench;
    this.#causes = explorer.causes;
    this.#execution = explorer.execute(injections, host);
    this.#judges = new Judges(this.#bench, RULES);
    const { pieces, ending, end, optionsRead, shared } = this.#execution;
    for (const facts of pieces) replayFacts(facts, this.#judges);
    const { guest } = this.#bench;
    const fateOf = (pc: bigint, register: string) => answerFate(guest, pc, register);
    const { verdicts, undecided } = this.#judges.judge(ending, {
      ...end,
      contract,
      code: (needed) => this.#code(needed),
      fateOf,
    });
    this.optionsRead = [...optionsRead, ...takeOptionsRead(this.#bench)];
    this.violations = verdicts.length === 0 ? [] : this.#violations(verdicts);
    this.shared = shared;
    this.undecided = undecided.map((why) => why.split(' ', 1)[0] ?? '');
  }

  /** The injections in words without numbers, the same at every place of the execution. */
  get trigger(): string {
    const words = this.injections.map(({ access, kind }) => triggerOf(this.#accesses[access], kind));
    return words.join(', ') || NO_FAULT;
  }

  /** The class of its injections. A preemption is what real kernels do. */
  get evidence(): Evidence {
    return this.injections.map(({ access, kind }) => evidenceAt(this.#accesses[access], kind)).reduce(farther, 'seen');
  }

  /** What the code around the backdoor instructions says. Test cases with injections need it only as an explanation. */
  #code(needed: boolean): SiteCode[] {
    if (this.injections.length > 0 && !needed) return [];
    return codeOfSites(
      this.#bench.guest,
      this.#accesses.map(({ pc }) => pc),
    );
  }

  get #accesses(): readonly AccessFact[] {
    this.#allAccesses ??= accessesOf(this.#execution.pieces);
    return this.#allAccesses;
  }

  /** The sites of a further injection: the accesses after the last one. None if the guest did not meet all of them. */
  followers(): InjectionSite[] {
    const last = this.injections.at(-1);
    if (last === undefined || this.#execution.injected < this.injections.length) return [];
    if (injectionOf(last.kind)?.span !== 'once' && last.kind !== 'preempt') return [];
    const preemptionPoints = preemptionPointsOf(this.#execution.pieces);
    const from = last.access + 1;
    return this.#accesses.slice(from, from + WINDOW).map((fact, index) => siteOf(fact, from + index, preemptionPoints));
  }

  /** The first step that is not among those. */
  firstStepBeyond(usual: ReadonlySet<string>): { readonly step: string; readonly access: number } | null {
    for (const [access, fact] of this.#accesses.entries()) {
      const step = stepOf(fact);
      if (step !== null && !usual.has(step)) return { step, access };
    }
    return null;
  }

  /** The first console lines from the first injection on. */
  printed(): string[] {
    const since = this.#accesses[this.injections[0]?.access ?? 0]?.at ?? 0;
    const lines = this.#execution.pieces.flatMap((facts) =>
      facts.flatMap((fact) => (fact[0] === 'console' ? [fact[1]] : [])),
    );
    return lines
      .filter(({ at }) => at >= since)
      .slice(0, MOST_LINES)
      .map(({ at, text }) => `${formatSeconds(at)}s ${text}`);
  }

  /** A violation with its place, its explanation and the command that repeats it. */
  finding({ verdict }: Violation, reportContext: ReportContext): Finding {
    const { invariant } = verdict;
    const plan = this.#plan(reportContext);
    const rules = RULES.filter((name) => name === invariant && !INVARIANTS[name].always);
    const repeat = reportContext.repeat(plan, rules);
    const source = { bench: this.#bench, history: this.#judges.history, plan, repeat };
    const found = toFinding({ ...verdict, title: titleOf(verdict, this.#condition()) }, source);
    // What the rule says of a message that failed is all of the story.
    const isTold = verdict.failed !== undefined && verdict.loss !== 'unanswered';
    const story = (isTold ? [] : this.injections).map(({ access, kind }) =>
      explainInjection(this.#accesses[access] as AccessFact, this.#accesses.slice(access + 1), kind === 'preempt'),
    );
    return { ...found, explanation: [...story.map(sentence), found.explanation].join(' ') };
  }

  /** The plan of every run of this bench, with the injections added. */
  #plan({ host, for: duration }: ReportContext): Plan {
    const usual = this.#bench.planFor(duration);
    const faults = this.injections.flatMap(({ access, kind }) =>
      faultLines(this.#accesses, access, kind, this.#execution.repeated),
    );
    const preemptions = this.injections.flatMap(({ access, kind }) =>
      kind === 'preempt' ? [preemptionLine(access)] : [],
    );
    return {
      ...usual,
      host,
      faults: [...usual.faults, ...faults],
      ...(usual.preemptions === undefined ? {} : { preemptions: [...usual.preemptions, ...preemptions] }),
    };
  }

  #violations(verdicts: readonly Verdict[]): Violation[] {
    const condition = this.#condition();
    const course = courseOf(this.#execution.pieces, this.#execution.end.at);
    return verdicts.map((verdict) => ({
      cause: this.#causes.causeOf(verdict, course, this.#judges.history.facts),
      symptom: symptomOf(verdict, condition),
      verdict,
    }));
  }

  #condition(): Condition {
    const { pieces, end } = this.#execution;
    const alive = pieces.some((facts) => facts.some((fact) => fact[0] === 'booted' && fact[1]));
    return conditionOf(this.#accesses, alive, end.at);
  }
}

/** An access as an injection site. @param access its number, from 0. */
export const siteOf = (fact: AccessFact, access: number, preemptionPoints: ReadonlySet<number>): InjectionSite => ({
  access,
  kinds: preemptionPoints.has(access) ? [...kindsAt(fact), 'preempt'] : kindsAt(fact),
});

function evidenceAt(access: AccessFact | undefined, kind: InjectionKind): Evidence {
  const injection = injectionOf(kind);
  if (injection === null) return 'seen';
  const call = access?.call ?? null;
  const place: FaultPlace = call === null ? 'command' : `${call.protocol ?? 'tclo'}.${call.step}`;
  return faultEvidence(injection.fault, place).evidence;
}

function titleOf(verdict: Verdict, condition: Condition): string {
  const state = stateOf(verdict, condition);
  return state === null ? verdict.title : `${verdict.title}: ${state}`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
