import { Bench, ContractCheck, ExecutedSites, type SitesReport, sitesReport } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { evidenceOf, type Plan, type Verdict } from '../judge/index.ts';
import type { PlannedEvent } from '../plan/index.ts';
import { type Evidence, farther, type HostOptions } from '../tclo-host/index.ts';
import { type BucketDelta, Buckets } from './buckets.ts';
import { Explorer } from './explorer.ts';
import { type InjectionKind, injectionOf, moreKinds } from './injection-kinds.ts';
import { JudgedRun, NO_FAULT, siteOf } from './judged-run.ts';
import { type CaseName, countWords, occurrenceOf, stepOf, triggerOf } from './occurrences.ts';
import type { Subject } from './subject.ts';
import type { InjectionSite, PlannedInjection, TestCase } from './test-case.ts';
import { withoutUnload } from './users.ts';
import { Hosts } from './variants.ts';

/** The result of a batch of test cases. Plain data. */
export interface TestOutcome {
  readonly testCases: number;
  /** How many of them share no part with another test case. */
  readonly executed: number;
  readonly buckets: readonly BucketDelta[];
  /** By test case: a step that only its fault brought about; null: there is none. */
  readonly newSteps?: readonly (NewStep | null)[];
  /** What was executed, by test case; then the other runs. */
  readonly cases?: readonly CaseName[];
  /** By rule, how many of the test cases cannot decide it. */
  readonly undecided: Readonly<Record<string, number>>;
  /** By test case, on request: the sites after its last injection. */
  readonly followers: readonly (readonly InjectionSite[])[];
  /** Instructions that made an access and are in no outcome before. */
  readonly executedSites: readonly bigint[];
}

/** A step of a message that the baseline run never makes. */
export interface NewStep {
  /** `tclo.close`. */
  readonly step: string;
  /** The number of the access, from 0. */
  readonly access: number;
}

/** What a run is collected under. */
interface Collected {
  readonly order: number;
  readonly host: Partial<HostOptions>;
  /** What was there besides the injections. */
  readonly besides: string;
  readonly occurrence: string;
}

/** Seeds of the runs in which outputs that the protocol leaves open hold other values. */
const UNSPECIFIED_SEEDS = [1, 2, 3] as const;

/** A run and the host at which it was executed. */
interface RunAtHost {
  readonly variant: number;
  readonly run: JudgedRun;
}

/**
 * Performs test cases. The run at one host is also the run at another host if the hosts differ only in options that the
 * host did not read.
 */
export class Executor {
  readonly subject: Subject;
  readonly #hosts: Hosts;
  readonly #explorers: Explorer[] = [];
  readonly #buckets = new Buckets();
  readonly #sites = new ExecutedSites();
  /** By host: which access of its words each access of the baseline run is. */
  readonly #counts = new Map<number, readonly number[]>();
  /** The steps that the baseline run makes. */
  #usualSteps: ReadonlySet<string> | null = null;
  /** Since the last outcome. */
  #undecided: Record<string, number> = {};
  /** Runs with the injections of the last test case: the work queue puts the same injections at all hosts in a row. */
  #recent: RunAtHost[] = [];

  constructor(subject: Subject) {
    this.subject = subject;
    this.#hosts = new Hosts(subject.variants);
  }

  /** @throws VmtbenchError `check.attach` if the driver finds no device at the requested host. */
  refuseUnattached(): void {
    if (this.#explorer(0).baseline(0).execution.ending?.kind !== 'notAttached') return;
    const hint = 'See what it asks with vmtbench run; --kernel and --host say what it should find.';
    throw new VmtbenchError('check.attach', 'the driver did not attach: its match function found no device', hint);
  }

  /** The injection sites of the baseline run at a host, up to the time at which injections end. */
  sites(variant: number): InjectionSite[] {
    const { accesses, preemptionPoints, execution } = this.#explorer(variant).baseline(variant);
    const { before } = this.subject;
    const rooms = execution.end.blocks.map(({ size }) => size);
    // What hits more than once, and lengths at their edges, are tried at the requested host.
    const more = variant === 0 ? moreKinds(accesses, rooms) : new Map<number, InjectionKind[]>();
    return accesses.flatMap((access, index) => {
      if (access.at >= before) return [];
      const { kinds } = siteOf(access, index, preemptionPoints);
      return [{ access: index, kinds: [...kinds, ...(more.get(index) ?? [])] }];
    });
  }

  /** @param follow return the sites after the last injection of each test case. */
  perform(testCases: readonly TestCase[], follow: boolean): TestOutcome {
    let executed = 0;
    const cases: CaseName[] = [];
    const newSteps: (NewStep | null)[] = [];
    const followers = testCases.map((testCase) => {
      const { run, shared } = this.#run(testCase);
      if (!shared) executed++;
      cases.push(this.#collect(this.#collectedOf(testCase), run, this.#trigger(testCase, run)));
      newSteps.push(this.#newStep(testCase, run));
      for (const rule of run.undecided) this.#undecided[rule] = (this.#undecided[rule] ?? 0) + 1;
      return follow ? run.followers() : [];
    });
    return { ...this.#outcome(testCases.length, executed, follow ? followers : [], cases), newSteps };
  }

  /** At the requested host: the runs with users' calls, and with unspecified outputs. @param order behind all test cases */
  performMore(order: number): TestOutcome {
    const users = (this.subject.users ?? []).map((events, index) => this.#performUserRun(order, events, index));
    const contract = this.#performContractRuns(order + 1);
    return this.#outcome(0, 0, [], [...users, ...contract]);
  }

  /** Which of the object's backdoor instructions are among those that were executed. */
  sitesReport(executed: ReadonlySet<bigint>): SitesReport {
    return sitesReport(this.#explorer(0).bench.guest, executed);
  }

  close(): void {
    for (const explorer of this.#explorers) explorer.close();
  }

  /** @param counts which violations are collected. */
  #collect(
    { order, host, besides, occurrence }: Collected,
    run: JudgedRun,
    words: string,
    counts: (verdict: Verdict) => boolean = () => true,
  ): CaseName {
    const name = { trigger: besides === '' ? words : `${words} (${besides})`, occurrence };
    if (run.violations.length === 0) return name;
    const evidence = farther(run.evidence, this.#evidenceOf(host));
    const size = sizeOf(run.injections, besides);
    const causes = new Set<string>();
    for (const [rank, violation] of run.violations.entries()) {
      if (!counts(violation.verdict)) continue;
      const { cause, symptom } = violation;
      const leads = !causes.has(cause.cause);
      causes.add(cause.cause);
      this.#buckets.see({ cause, symptom, size, order, rank, evidence }, name, leads, () => {
        const finding = run.finding(violation, { ...this.subject, host });
        return { finding, console: run.printed() };
      });
    }
    return name;
  }

  /** The injections of a test case in words: of one, those of the baseline run's access, which the run shares. */
  #trigger({ variant, injections }: TestCase, run: JudgedRun): string {
    const [first, ...more] = injections;
    if (first === undefined) return NO_FAULT;
    if (more.length > 0) return run.trigger;
    return triggerOf(this.#explorer(variant).baseline(variant).accesses[first.access], first.kind);
  }

  /** At the requested host, of a fault that hits once. */
  #newStep({ variant, injections }: TestCase, run: JudgedRun): NewStep | null {
    const [injection, second] = injections;
    if (variant !== 0 || injection === undefined || second !== undefined) return null;
    if (injectionOf(injection.kind)?.span !== 'once') return null;
    this.#usualSteps ??= new Set(
      this.#explorer(0)
        .baseline(0)
        .accesses.flatMap((access) => stepOf(access) ?? []),
    );
    return run.firstStepBeyond(this.#usualSteps);
  }

  #countsOf(variant: number): readonly number[] {
    let counts = this.#counts.get(variant);
    if (counts === undefined) {
      counts = countWords(this.#explorer(variant).baseline(variant).accesses);
      this.#counts.set(variant, counts);
    }
    return counts;
  }

  /** The class of what is planned besides the injections. */
  #evidenceOf(host: Partial<HostOptions>): Evidence {
    const { events, faults } = this.subject.bench;
    const lines = (list: readonly { readonly source: string }[] = []) => list.map(({ source }) => source);
    return evidenceOf({ host: host as Plan['host'], events: lines(events), faults: lines(faults) });
  }

  #run({ variant, injections }: TestCase): { readonly run: JudgedRun; readonly shared: boolean } {
    if (!sameInjections(this.#recent[0]?.run.injections, injections)) this.#recent = [];
    const known = this.subject.sharing
      ? this.#recent.find((other) => this.#hosts.alike(other.variant, variant, other.run.optionsRead))
      : undefined;
    if (known !== undefined) return { run: known.run, shared: true };
    const run = new JudgedRun(this.#explorer(variant), injections, variant);
    this.#recent.push({ variant, run });
    return { run, shared: run.shared };
  }

  #explorer(variant: number): Explorer {
    let explorer = this.#explorers.find((other) => other.serves(variant));
    if (explorer === undefined) {
      const { bench, until, sharing } = this.subject;
      explorer = new Explorer({ bench, hosts: this.#hosts, until, host: variant, sharing, sites: this.#sites });
      this.#explorers.push(explorer);
    }
    return explorer;
  }

  #performUserRun(order: number, events: readonly PlannedEvent[], index: number): CaseName {
    const { bench, until } = this.subject;
    const planned = { ...bench, events: [...withoutUnload(bench.events ?? []), ...events] };
    const explorer = new Explorer({ bench: planned, hosts: this.#hosts, until, sites: this.#sites });
    try {
      const host = this.subject.variants[0] ?? {};
      const collected = { order, host, besides: "users' calls", occurrence: `${index + 1}` };
      return this.#collect(collected, new JudgedRun(explorer, [], 0), NO_FAULT);
    } finally {
      explorer.close();
    }
  }

  #performContractRuns(order: number): CaseName[] {
    const { bench, until, variants, sharing } = this.subject;
    if ((bench.host?.unspecified ?? 0) !== 0) return [];
    const cases: CaseName[] = [];
    const benchWith = (unspecified: number) => ({ ...bench, host: { ...bench.host, unspecified } });
    const check = new ContractCheck((unspecified) => new Bench(benchWith(unspecified)), until);
    for (const unspecified of UNSPECIFIED_SEEDS) {
      const verdict = check.verdict(unspecified);
      const besides = `unspecified=${unspecified}`;
      cases.push({ trigger: `${NO_FAULT} (${besides})`, occurrence: '1' });
      if (verdict === null) continue;
      const host = { ...variants[0], unspecified };
      const explorer = new Explorer({ bench: benchWith(unspecified), hosts: new Hosts([host]), until, sharing });
      try {
        const run = new JudgedRun(explorer, [], 0, verdict);
        const collected = { order, host, besides, occurrence: '1' };
        this.#collect(collected, run, NO_FAULT, ({ invariant }) => invariant === 'contract');
      } finally {
        explorer.close();
      }
      break;
    }
    return cases;
  }

  #outcome(
    testCases: number,
    executed: number,
    followers: TestOutcome['followers'],
    cases: readonly CaseName[],
  ): TestOutcome {
    const undecided = this.#undecided;
    this.#undecided = {};
    return {
      testCases,
      executed,
      buckets: this.#buckets.take(),
      undecided,
      followers,
      cases,
      newSteps: [],
      executedSites: this.#sites.take(),
    };
  }

  #collectedOf({ order, variant, injections }: TestCase): Collected {
    const host = this.subject.variants[variant] ?? {};
    // The options of the host that differ from the requested host's.
    const besides = this.#hosts.differing(0, variant).map((key) => `${key}=${host[key]}`);
    const occurrence = occurrenceOf(injections, this.#countsOf(variant));
    return { order, host, besides: besides.join(' '), occurrence };
  }
}

/** How much a test case injects: a fault that hits more than once is two, and a host with other options half a one. */
function sizeOf(injections: readonly PlannedInjection[], besides: string): number {
  const hits = injections.map(({ kind }) => ((injectionOf(kind)?.span ?? 'once') === 'once' ? 2 : 4));
  return hits.reduce((sum, hit) => sum + hit, besides === '' ? 0 : 1);
}

function sameInjections(one: readonly PlannedInjection[] | undefined, other: readonly PlannedInjection[]): boolean {
  if (one?.length !== other.length) return false;
  return one.every(({ access, kind }, index) => access === other[index]?.access && kind === other[index].kind);
}
