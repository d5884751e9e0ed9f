import type { BenchOptions } from '../bench/index.ts';
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
}

/** What a batch of trials came to. Plain data. */
export interface TestOutcome {
  readonly testCases: number;
  readonly buckets: readonly BucketDelta[];
  /** By trial, if asked for: the accesses that followed its last strike. */
  readonly followers: readonly (readonly InjectionSite[])[];
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
    return { testCases: testCases.length, buckets: this.#buckets.take(), followers: follow ? followers : [] };
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
