import { type BenchOptions, type SitesReport, sitesReport } from '../bench/index.ts';
import type { PlannedEvent } from '../plan/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';
import { type BucketDelta, Buckets } from './buckets.ts';
import { Explorer } from './explorer.ts';
import { JudgedRun, type ReportContext, siteOf } from './judged-run.ts';
import type { InjectionSite, PlannedInjection, TestCase } from './test-case.ts';
import { Hosts } from './variants.ts';

/** What is to be explored. */
export interface Subject extends Omit<ReportContext, 'host'> {
  /** The guest, its system and what happens in its life anyway. */
  readonly bench: BenchOptions;
  /** The hosts, the one that was asked for first. */
  readonly variants: readonly Partial<HostOptions>[];
  /** Virtual nanoseconds that each life lasts. */
  readonly until: number;
  /** What users of the driver do in more runs, without faults: they reach code that the host alone does not. */
  readonly users?: readonly (readonly PlannedEvent[])[];
}

/** What a batch of trials came to. Plain data. */
export interface TestOutcome {
  readonly testCases: number;
  readonly buckets: readonly BucketDelta[];
  /** By trial, if asked for: the accesses that followed its last strike. */
  readonly followers: readonly (readonly InjectionSite[])[];
  /** Instructions that made an access and were not in an outcome before. */
  readonly executed: readonly bigint[];
}

/** A life at one of the hosts. */
interface Known {
  readonly variant: number;
  readonly lived: JudgedRun;
}

/**
 * Performs trials. A life at one host is the life at another one, too, where nothing in it went by what the hosts
 * differ in.
 */
export class Executor {
  readonly #subject: Subject;
  readonly #hosts: Hosts;
  readonly #explorers: Explorer[] = [];
  readonly #buckets = new Buckets();
  readonly #executed = new Set<bigint>();
  /** Of the strikes that came last: what different hosts make of the same strikes is asked for in a row. */
  #lately: Known[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#hosts = new Hosts(subject.variants);
  }

  /** Whether there is a device for the driver at all, at the host that was asked for. */
  get attaches(): boolean {
    return this.#explorer(0).baseline(0).execution.ending?.kind !== 'notAttached';
  }

  /** The accesses of the life without faults before a virtual time, and what may strike at each. */
  sites(variant: number, before: number): InjectionSite[] {
    const { accesses, preemptionPoints } = this.#explorer(variant).baseline(variant);
    return accesses.flatMap((access, index) => (access.at < before ? [siteOf(access, index, preemptionPoints)] : []));
  }

  /** @param follow tell of the accesses after the last strike of each trial. */
  perform(testCases: readonly TestCase[], follow: boolean): TestOutcome {
    const followers = testCases.map((testCase) => this.#perform(testCase, follow));
    return this.#outcome(testCases.length, follow ? followers : []);
  }

  /**
   * The runs with the users' calls, at the host that was asked for; they count as none. @param order behind all others
   */
  performUsers(order: number): TestOutcome {
    for (const events of this.#subject.users ?? []) this.#performUser(order, events);
    return this.#outcome(0, []);
  }

  /** Which of the object's backdoor instructions are among those that were executed. */
  sitesReport(executed: ReadonlySet<bigint>): SitesReport {
    return sitesReport(this.#explorer(0).bench.guest, executed);
  }

  close(): void {
    for (const explorer of this.#explorers) explorer.close();
  }

  #perform(testCase: TestCase, follow: boolean): InjectionSite[] {
    const lived = this.#live(testCase);
    for (const [rank, wrong] of lived.wrongs.entries()) {
      const { cause, symptom } = wrong;
      const trigger = `${lived.trigger}${this.#variantText(testCase.variant)}`;
      this.#buckets.see({ cause, symptom, order: testCase.order, rank }, trigger, () => {
        const telling = { ...this.#subject, host: this.#subject.variants[testCase.variant] ?? {} };
        return { finding: lived.finding(wrong, telling), console: lived.printed() };
      });
    }
    return follow ? lived.followers() : [];
  }

  #live({ variant, injections }: TestCase): JudgedRun {
    if (!sameInjections(this.#lately[0]?.lived.injections, injections)) this.#lately = [];
    const known = this.#lately.find((other) => this.#hosts.alike(other.variant, variant, other.lived.optionsRead));
    if (known !== undefined) return known.lived;
    const lived = new JudgedRun(this.#explorer(variant), injections, variant);
    this.#lately.push({ variant, lived });
    return lived;
  }

  #explorer(variant: number): Explorer {
    let explorer = this.#explorers.find((other) => other.serves(variant));
    if (explorer === undefined) {
      const { bench, until } = this.#subject;
      explorer = new Explorer(bench, this.#hosts, until, variant);
      this.#explorers.push(explorer);
    }
    return explorer;
  }

  #performUser(order: number, users: readonly PlannedEvent[]): void {
    const { bench, until, variants } = this.#subject;
    const explorer = new Explorer({ ...bench, events: [...(bench.events ?? []), ...users] }, this.#hosts, until);
    this.#explorers.push(explorer);
    const judged = new JudgedRun(explorer, [], 0);
    for (const [rank, wrong] of judged.wrongs.entries()) {
      const { cause, symptom } = wrong;
      this.#buckets.see({ cause, symptom, order, rank }, 'no fault, with the calls of users', () => {
        const finding = judged.finding(wrong, { ...this.#subject, host: variants[0] ?? {} });
        return { finding, console: judged.printed() };
      });
    }
  }

  #outcome(testCases: number, followers: TestOutcome['followers']): TestOutcome {
    const executed: bigint[] = [];
    for (const { bench } of this.#explorers) {
      for (const pc of bench.facts.executed) {
        if (this.#executed.has(pc)) continue;
        this.#executed.add(pc);
        executed.push(pc);
      }
    }
    return { testCases, buckets: this.#buckets.take(), followers, executed };
  }

  #variantText(variant: number): string {
    const options = this.#subject.variants[variant] ?? {};
    const added = this.#hosts.differing(0, variant).map((key) => `${key}=${options[key]}`);
    return added.length === 0 ? '' : ` (${added.join(' ')})`;
  }
}

function sameInjections(one: readonly PlannedInjection[] | undefined, other: readonly PlannedInjection[]): boolean {
  if (one?.length !== other.length) return false;
  return one.every(({ access, kind }, index) => access === other[index]?.access && kind === other[index].kind);
}
