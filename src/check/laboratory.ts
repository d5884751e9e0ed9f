import {
  type AccessFact,
  type BenchOptions,
  type Finding,
  formatSeconds,
  INVARIANTS,
  type InvariantName,
  Judges,
  type Plan,
  retell,
  toFinding,
  type Verdict,
} from '../scenario/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';
import { explainStrike } from './explain.ts';
import { accessesOf, Explorer, type Life } from './explorer.ts';
import { faultLine, kindsAt, openingsOf, preemptionLine } from './strikes.ts';
import { type Condition, causeOf, conditionOf, stateOf, symptomOf } from './symptom.ts';
import { Discoveries, type Discovery, type Site, type Trial } from './trial.ts';

/** What is to be explored. */
export interface Subject {
  /** The guest, its system and what happens in its life anyway. */
  readonly bench: BenchOptions;
  /** The hosts, the one that was asked for first. */
  readonly variants: readonly Partial<HostOptions>[];
  /** Virtual nanoseconds that each life lasts. */
  readonly until: number;
  /** The same for the command line. */
  readonly for: string;
  /** The command that repeats one life of the guest. @param rules those that not every run is judged by */
  readonly repeat: (plan: Plan, rules: readonly InvariantName[]) => string;
}

/** What a batch of trials came to. Plain data. */
export interface Outcome {
  readonly trials: number;
  readonly discoveries: readonly Discovery[];
  /** By trial, if asked for: the accesses that followed its last strike. */
  readonly followers: readonly (readonly Site[])[];
}

/** Accesses after a fault within which a second one may strike. */
export const WINDOW = 8;

/** Performs trials: one explorer a host, opened when it is first asked for. */
export class Laboratory {
  readonly #subject: Subject;
  readonly #explorers = new Map<number, Explorer>();
  readonly #discoveries = new Discoveries();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** The accesses of the life without faults before a virtual time, and what may strike at each. */
  sites(variant: number, before: number): Site[] {
    const { accesses, openings } = this.#explorer(variant);
    return accesses.flatMap((access, index) => (access.at < before ? [siteOf(access, index, openings)] : []));
  }

  /** @param follow tell of the accesses after the last strike of each trial. */
  perform(trials: readonly Trial[], follow: boolean): Outcome {
    const followers = trials.map((trial) => this.#perform(trial, follow));
    return { trials: trials.length, discoveries: this.#discoveries.take(), followers: follow ? followers : [] };
  }

  close(): void {
    for (const explorer of this.#explorers.values()) explorer.close();
  }

  #explorer(variant: number): Explorer {
    let explorer = this.#explorers.get(variant);
    if (explorer === undefined) {
      const { bench, variants, until } = this.#subject;
      explorer = new Explorer({ ...bench, host: variants[variant] ?? {} }, until);
      this.#explorers.set(variant, explorer);
    }
    return explorer;
  }

  #perform(trial: Trial, follow: boolean): Site[] {
    const explorer = this.#explorer(trial.variant);
    const life = explorer.live(
      trial.strikes.map(({ access, kind }) => ({ access, what: kind === 'preempt' ? kind : { kind } })),
    );
    const judges = new Judges(explorer.bench, ALL);
    for (const facts of life.pieces) retell(facts, judges);
    const { verdicts } = judges.judge(life.ending, life.end);
    if (verdicts.length > 0) this.#record(trial, explorer, life, judges, verdicts);
    return follow ? sitesAfter(life, trial) : [];
  }

  #record(trial: Trial, explorer: Explorer, life: Life, judges: Judges, verdicts: readonly Verdict[]): void {
    const { order } = trial;
    const alive = life.pieces.some((facts) => facts.some((fact) => fact[0] === 'booted' && fact[1]));
    const accesses = accessesOf(life.pieces);
    const condition = conditionOf(accesses, alive, life.end.at);
    const trigger = trial.strikes.map(({ access, kind }) => triggerOf(accesses[access], kind)).join(', ') || 'no fault';
    for (const verdict of verdicts) {
      const cause = causeOf(verdict, condition, explorer.bench);
      const found = {
        cause,
        symptom: symptomOf(verdict, condition),
        order,
        trials: 1,
        triggers: { [`${trigger}${this.#variantText(trial.variant)}`]: 1 },
      };
      this.#discoveries.add(found, () => ({
        finding: this.#finding(trial, explorer, accesses, judges, { ...verdict, title: titleOf(verdict, condition) }),
        console: printedSince(life, accesses[trial.strikes[0]?.access ?? 0]?.at ?? 0),
      }));
    }
  }

  #finding(
    { strikes, variant }: Trial,
    { bench }: Explorer,
    accesses: readonly AccessFact[],
    judges: Judges,
    verdict: Verdict,
  ): Finding {
    const faults = strikes.flatMap(({ access, kind }) =>
      kind === 'preempt' ? [] : [faultLine(accesses.slice(0, access + 1), kind)],
    );
    const preemptions = strikes.flatMap(({ access, kind }) => (kind === 'preempt' ? [preemptionLine(access)] : []));
    const host = this.#subject.variants[variant] ?? {};
    const usual = bench.planFor(this.#subject.for);
    const { invariant } = verdict;
    const plan = {
      ...usual,
      host,
      faults: [...usual.faults, ...faults],
      ...(usual.preemptions === undefined ? {} : { preemptions: [...usual.preemptions, ...preemptions] }),
    };
    const rules = ALL.filter((name) => name === invariant && !INVARIANTS[name].always);
    const found = toFinding(verdict, {
      bench,
      history: judges.history,
      plan,
      repeat: this.#subject.repeat(plan, rules),
    });
    const story = strikes.map(({ access, kind }) =>
      explainStrike(accesses[access] as AccessFact, accesses.slice(access + 1), kind === 'preempt'),
    );
    return { ...found, explanation: [...story.map(sentence), found.explanation].join(' ') };
  }

  #variantText(variant: number): string {
    const [given = {}, options = {}] = [this.#subject.variants[0], this.#subject.variants[variant]];
    const added = Object.entries(options).filter(([key, value]) => given[key as keyof HostOptions] !== value);
    return added.length === 0 ? '' : ` (${added.map(([key, value]) => `${key}=${value}`).join(' ')})`;
  }
}

function titleOf(verdict: Verdict, condition: Condition): string {
  const state = stateOf(verdict, condition);
  return state === null ? verdict.title : `${verdict.title}: ${state}`;
}

const MOST_LINES = 10;

/** The first lines that the guest printed from a time on. */
function printedSince({ pieces }: Life, at: number): string[] {
  const lines = pieces.flatMap((facts) => facts.flatMap((fact) => (fact[0] === 'console' ? [fact[1]] : [])));
  return lines
    .filter((line) => line.at >= at)
    .slice(0, MOST_LINES)
    .map((line) => `${formatSeconds(line.at)}s ${line.text}`);
}

/** Every rule is asked. */
const ALL = Object.keys(INVARIANTS) as InvariantName[];

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A fault in words that are the same wherever in the life it strikes. */
function triggerOf(access: AccessFact | undefined, kind: string): string {
  if (access === undefined) return kind;
  const { call, command } = access;
  if (call === null) return `command 0x${(command ?? 0).toString(16)} ${kind}`;
  const [word = ''] = call.command?.split(' ') ?? [];
  return `${call.protocol ?? 'any'}.${call.step}${word === '' ? '' : ` "${word}"`} ${kind}`;
}

const siteOf = (fact: AccessFact, access: number, openings: ReadonlySet<number>): Site => ({
  access,
  kinds: openings.has(access) ? [...kindsAt(fact), 'preempt'] : kindsAt(fact),
});

function sitesAfter({ pieces, struck }: Life, { strikes }: Trial): Site[] {
  const last = strikes.at(-1);
  if (last === undefined || struck < strikes.length) return [];
  const accesses = accessesOf(pieces);
  const openings = openingsOf(pieces);
  const from = last.access + 1;
  return accesses.slice(from, from + WINDOW).map((access, index) => siteOf(access, from + index, openings));
}
