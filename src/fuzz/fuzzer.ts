import type { NamedViolation } from '../check/index.ts';
import type { Finding, InvariantName, Plan } from '../judge/index.ts';
import type { Feedback } from './feedback.ts';
import { decodePlan } from './input/decode.ts';
import { inputOf, recordsOf } from './input/records.ts';
import { type Judged, judgePlan } from './judge.ts';
import type { Execution, FuzzTarget } from './target.ts';

/** A mistake of the guest, with the smallest input that shows it. */
export interface FuzzFinding {
  readonly cause: string;
  readonly symptom: string;
  /** The input, minimised: each of its records is needed. */
  readonly input: Uint8Array;
  /** Executions before the first one that showed it, that one included. */
  readonly execution: number;
  readonly finding: Finding;
}

/** What a campaign has done so far. */
export interface FuzzCounts {
  executions: number;
  /** How many of them were judged by every rule. */
  judged: number;
  accesses: number;
  /** Virtual nanoseconds. */
  virtual: number;
  /** Milliseconds of real time that judging took. */
  judgeTime: number;
}

export interface FuzzerOptions {
  readonly target: FuzzTarget;
  readonly feedback: Feedback;
  readonly repeat: (plan: Plan, rules: readonly InvariantName[]) => string;
  /** Gets each mistake once. */
  readonly onFinding: (finding: FuzzFinding) => void;
  /** Inputs to judge by every rule even where they show nothing new. Default: false. */
  readonly judgeAll?: boolean;
}

/** What an input showed. */
export interface InputResult {
  /** It executed what no input before it did. */
  readonly isNew: boolean;
  /** The execution itself went wrong, whatever rules may say afterwards. */
  readonly isUnsafe: boolean;
  /** The mistakes that it shows, as far as it was judged. */
  readonly causes: readonly string[];
}

/** Endings that are a verdict by themselves. */
const SAFETY: ReadonlySet<string> = new Set(['fault', 'memory', 'panic', 'hang', 'missingSymbol', 'excess']);

/** Executes inputs in two tiers: each for safety; what is new, and what went wrong, by every rule. */
export class Fuzzer {
  readonly counts: FuzzCounts = { executions: 0, judged: 0, accesses: 0, virtual: 0, judgeTime: 0 };
  readonly #options: FuzzerOptions;
  readonly #causes = new Set<string>();
  /** How executions ended, as far as that can be told at once. */
  readonly #ends = new Set<string>();

  constructor(options: FuzzerOptions) {
    this.#options = options;
  }

  get target(): FuzzTarget {
    return this.#options.target;
  }

  get feedback(): Feedback {
    return this.#options.feedback;
  }

  /** The mistakes found so far. */
  get causes(): number {
    return this.#causes.size;
  }

  /** Executes one input. */
  execute(input: Uint8Array): InputResult {
    const { target, feedback, judgeAll = false } = this.#options;
    const { counts } = this;
    const plan = decodePlan(input);
    const execution = target.execute(plan);
    counts.executions++;
    counts.accesses += execution.accesses;
    counts.virtual += execution.virtual;
    const isNew = feedback.take();
    const isNewEnd = this.#noteEnd(execution);
    const isUnsafe = execution.abiBroken || (execution.ending !== null && SAFETY.has(execution.ending.kind));
    const isJudged = isNew || isNewEnd || isUnsafe || judgeAll;
    return { isNew, isUnsafe, causes: isJudged ? this.#judge(input) : [] };
  }

  #judge(input: Uint8Array): readonly string[] {
    const since = performance.now();
    this.counts.judged++;
    const judged = judgePlan(this.target, decodePlan(input));
    const causes = judged.violations.map(({ cause }) => cause);
    for (const [index, cause] of causes.entries()) {
      if (this.#causes.has(cause)) continue;
      this.#causes.add(cause);
      this.#report(input, cause, judged, judged.violations[index] as NamedViolation);
    }
    this.counts.judgeTime += performance.now() - since;
    return causes;
  }

  #report(input: Uint8Array, cause: string, first: Judged, violation: NamedViolation): void {
    const { onFinding, repeat } = this.#options;
    const smallest = minimise(input, (smaller) => this.#shows(smaller, cause) !== null);
    const shown = smallest.length < input.length ? this.#shows(smallest, cause) : null;
    const [judged, shownBy] = shown ?? [first, violation];
    onFinding({
      cause,
      symptom: violation.symptom,
      input: smallest,
      execution: this.counts.executions,
      finding: judged.finding(shownBy, repeat),
    });
  }

  #shows(input: Uint8Array, cause: string): readonly [Judged, NamedViolation] | null {
    const judged = judgePlan(this.target, decodePlan(input));
    const violation = judged.violations.find((other) => other.cause === cause);
    return violation === undefined ? null : [judged, violation];
  }

  #noteEnd({ ending, start }: Execution): boolean {
    const { bench } = this.target;
    const { due } = { due: bench.guest.nextDeadline() };
    const { phase, report } = bench.host;
    const next = due === null ? 'never' : due - bench.now > 2e9 ? 'later' : 'soon';
    const blocks = Math.min(bench.guest.heap.live.length, 255);
    const end = [start.name, ending?.kind ?? '', phase, report.channelsOpen, next, blocks].join();
    if (this.#ends.has(end)) return false;
    this.#ends.add(end);
    return true;
  }
}

/** Leaves out each record that is not needed. @param shows whether an input still shows it. */
export function minimise(input: Uint8Array, shows: (input: Uint8Array) => boolean): Uint8Array {
  let records = recordsOf(input);
  for (let size = Math.ceil(records.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < records.length; ) {
      const fewer = [...records.slice(0, at), ...records.slice(at + size)];
      if (shows(inputOf(fewer))) records = fewer;
      else at += size;
    }
  }
  return inputOf(records);
}
