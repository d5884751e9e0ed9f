import { VmtbenchError } from '../errors.ts';
import { type BucketDelta, Buckets } from './buckets.ts';
import { Explorer } from './explorer.ts';
import { type InjectionKind, moreKinds } from './injection-kinds.ts';
import { JudgedRun, siteOf } from './judged-run.ts';
import type { Subject } from './subject.ts';
import type { InjectionSite, PlannedInjection, TestCase } from './test-case.ts';
import { Hosts } from './variants.ts';

/** The result of a batch of test cases. Plain data. */
export interface TestOutcome {
  readonly testCases: number;
  /** How many of them share no part with another test case. */
  readonly executed: number;
  readonly buckets: readonly BucketDelta[];
  /** By test case, on request: the sites after its last injection. */
  readonly followers: readonly (readonly InjectionSite[])[];
}

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
    const followers = testCases.map((testCase) => {
      const { run, shared } = this.#run(testCase);
      if (!shared) executed++;
      this.#collect(testCase, run);
      return follow ? run.followers() : [];
    });
    return { testCases: testCases.length, executed, buckets: this.#buckets.take(), followers: follow ? followers : [] };
  }

  close(): void {
    for (const explorer of this.#explorers) explorer.close();
  }

  #collect({ order, variant }: TestCase, run: JudgedRun): void {
    for (const [rank, violation] of run.violations.entries()) {
      const { cause, symptom } = violation;
      const trigger = `${run.trigger}${this.#variantText(variant)}`;
      this.#buckets.see({ cause, symptom, order, rank }, trigger, () => {
        const reportContext = { ...this.subject, host: this.subject.variants[variant] ?? {} };
        return { finding: run.finding(violation, reportContext), console: run.printed() };
      });
    }
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
      explorer = new Explorer({ bench, hosts: this.#hosts, until, host: variant, sharing });
      this.#explorers.push(explorer);
    }
    return explorer;
  }

  /** The options of a host that differ from the requested host's. */
  #variantText(variant: number): string {
    const options = this.subject.variants[variant] ?? {};
    const added = this.#hosts.differing(0, variant).map((key) => `${key}=${options[key]}`);
    return added.length === 0 ? '' : ` (${added.join(' ')})`;
  }
}

function sameInjections(one: readonly PlannedInjection[] | undefined, other: readonly PlannedInjection[]): boolean {
  if (one?.length !== other.length) return false;
  return one.every(({ access, kind }, index) => access === other[index]?.access && kind === other[index].kind);
}
