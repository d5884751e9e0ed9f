import { type Bench, toFinding } from '../bench/index.ts';
import {
  type AccessFact,
  type Finding,
  INVARIANTS,
  type InvariantName,
  Judges,
  type Plan,
  replayFacts,
  type Verdict,
} from '../judge/index.ts';
import { formatSeconds } from '../plan/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';
import { explainInjection } from './explain.ts';
import { accessesOf, type Execution, type Explorer } from './explorer.ts';
import { faultLine, kindsAt, preemptionLine, preemptionPointsOf } from './injections.ts';
import { takeOptionsRead } from './stepper.ts';
import { type Condition, causeOf, conditionOf, stateOf, symptomOf } from './symptom.ts';
import type { InjectionSite, PlannedInjection } from './test-case.ts';

/** One thing that is wrong with a life. */
export interface Wrong {
  readonly cause: string;
  readonly symptom: string;
  readonly verdict: Verdict;
}

/** What a finding says besides what was seen. */
export interface ReportContext {
  /** The options of the host. */
  readonly host: Partial<HostOptions>;
  /** How long the life lasts, as on the command line. */
  readonly for: string;
  /** The command that repeats one life of the guest. @param rules those that not every run is judged by */
  readonly repeat: (plan: Plan, rules: readonly InvariantName[]) => string;
}

/** Accesses after a fault within which a second one may strike. */
const WINDOW = 8;
/** Lines of the console that a finding shows at most. */
const MOST_LINES = 10;
/** Every rule is asked. */
const ALL = Object.keys(INVARIANTS) as InvariantName[];

/** A life that was lived and judged. */
export class JudgedRun {
  readonly injections: readonly PlannedInjection[];
  /** At a host that differs only in other options it would be the same, and judged the same. */
  readonly optionsRead: readonly (keyof HostOptions)[];
  readonly wrongs: readonly Wrong[];
  readonly #bench: Bench;
  readonly #execution: Execution;
  readonly #judges: Judges;
  #listed: readonly AccessFact[] | null = null;

  constructor(explorer: Explorer, injections: readonly PlannedInjection[], host: number) {
    this.injections = injections;
    this.#bench = explorer.bench;
    this.#execution = explorer.execute(
      injections.map(({ access, kind }) => ({ access, what: kind === 'preempt' ? kind : { kind } })),
      host,
    );
    this.#judges = new Judges(this.#bench, ALL);
    const { pieces, ending, end, optionsRead } = this.#execution;
    for (const facts of pieces) replayFacts(facts, this.#judges);
    const { verdicts } = this.#judges.judge(ending, end);
    this.optionsRead = [...optionsRead, ...takeOptionsRead(this.#bench)];
    this.wrongs = verdicts.length === 0 ? [] : this.#wrongs(verdicts);
  }

  /** What brought it about, in words that are the same wherever in the life it strikes. */
  get trigger(): string {
    const words = this.injections.map(({ access, kind }) => triggerOf(this.#accesses[access], kind));
    return words.join(', ') || 'no fault';
  }

  get #accesses(): readonly AccessFact[] {
    this.#listed ??= accessesOf(this.#execution.pieces);
    return this.#listed;
  }

  /** The accesses that followed its last strike, if all of them came about, and what may strike there. */
  followers(): InjectionSite[] {
    const last = this.injections.at(-1);
    if (last === undefined || this.#execution.injected < this.injections.length) return [];
    const preemptionPoints = preemptionPointsOf(this.#execution.pieces);
    const from = last.access + 1;
    return this.#accesses.slice(from, from + WINDOW).map((fact, index) => siteOf(fact, from + index, preemptionPoints));
  }

  /** What the guest printed from its first fault on, the first lines of it. */
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

  finding({ verdict }: Wrong, telling: ReportContext): Finding {
    const { invariant } = verdict;
    const plan = this.#plan(telling);
    const rules = ALL.filter((name) => name === invariant && !INVARIANTS[name].always);
    const context = { bench: this.#bench, history: this.#judges.history, plan, repeat: telling.repeat(plan, rules) };
    const found = toFinding({ ...verdict, title: titleOf(verdict, this.#condition()) }, context);
    const story = this.injections.map(({ access, kind }) =>
      explainInjection(this.#accesses[access] as AccessFact, this.#accesses.slice(access + 1), kind === 'preempt'),
    );
    return { ...found, explanation: [...story.map(sentence), found.explanation].join(' ') };
  }

  #plan({ host, for: duration }: ReportContext): Plan {
    const usual = this.#bench.planFor(duration);
    const faults = this.injections.flatMap(({ access, kind }) =>
      kind === 'preempt' ? [] : [faultLine(this.#accesses.slice(0, access + 1), kind)],
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

  #wrongs(verdicts: readonly Verdict[]): Wrong[] {
    const condition = this.#condition();
    return verdicts.map((verdict) => ({
      cause: causeOf(verdict, condition, this.#bench),
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

export const siteOf = (fact: AccessFact, access: number, preemptionPoints: ReadonlySet<number>): InjectionSite => ({
  access,
  kinds: preemptionPoints.has(access) ? [...kindsAt(fact), 'preempt'] : kindsAt(fact),
});

function titleOf(verdict: Verdict, condition: Condition): string {
  const state = stateOf(verdict, condition);
  return state === null ? verdict.title : `${verdict.title}: ${state}`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function triggerOf(access: AccessFact | undefined, kind: string): string {
  if (access === undefined) return kind;
  const { call, command } = access;
  if (call === null) return `command 0x${(command ?? 0).toString(16)} ${kind}`;
  const [word = ''] = call.command?.split(' ') ?? [];
  return `${call.protocol ?? 'any'}.${call.step}${word === '' ? '' : ` "${word}"`} ${kind}`;
}
