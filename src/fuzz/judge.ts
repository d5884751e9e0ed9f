import { toFinding } from '../bench/index.ts';
import { faultLine, type NamedViolation, preemptionLine, Stepper, violationsOf } from '../check/index.ts';
import { answerFate } from '../guest/index.ts';
import {
  type AccessFact,
  type Fact,
  type Finding,
  INVARIANTS,
  type InvariantName,
  Judges,
  type Plan,
  Recorder,
  replayFacts,
  type Verdict,
} from '../judge/index.ts';
import type { FuzzPlan } from './input/plan.ts';
import type { FuzzTarget } from './target.ts';

/** Virtual nanoseconds of an honest host behind an execution: what the rules need that wait for a recovery. */
const AFTERWARDS = 35e9;
/** So many injections a guest must still make up for without a loss: `check` judges no more at a time. */
const MOST_FOR_LOSS = 2;
/** The rules that a host with more injections breaks for a guest that gets everything right. */
const LOSS: ReadonlySet<string> = new Set<InvariantName>(['noLeak', 'noLostEvent']);
const RULES = Object.keys(INVARIANTS) as InvariantName[];

/** An execution judged by every rule. */
export interface Judged {
  readonly violations: readonly NamedViolation[];
  /** Virtual nanoseconds of the run from power-on. */
  readonly until: number;
  /** Everything that repeats it, from power-on. */
  readonly plan: () => Plan;
  readonly finding: (
    violation: NamedViolation,
    repeat: (plan: Plan, rules: readonly InvariantName[]) => string,
  ) => Finding;
}

/**
 * Executes a plan once more, then lets the host be honest, and judges the whole: safety, and the rules that need time.
 */
export function judgePlan(target: FuzzTarget, plan: FuzzPlan): Judged {
  const { bench } = target;
  const recorder = new Recorder();
  bench.watchers.push(recorder);
  try {
    const execution = target.run(plan);
    const { start, injected } = execution;
    const during = recorder.take();
    const tail: Fact[] = [];
    let { ending } = execution;
    bench.accessBudget = Number.POSITIVE_INFINITY;
    if (ending === null && !execution.cut) {
      const stepper = new Stepper(bench, recorder, bench.now + AFTERWARDS);
      for (let over = false; !over; ) {
        const segment = stepper.advanceOrRepeat();
        tail.push(...segment.facts);
        over = segment.over;
        if (over) ending = segment.ending;
      }
    }
    const judges = new Judges(bench, RULES);
    const facts = [start.facts, during, tail];
    for (const part of facts) replayFacts(part, judges);
    const { guest } = bench;
    const end = { at: bench.now, blocks: guest.heap.live };
    const { verdicts } = judges.judge(ending, { ...end, fateOf: (pc, register) => answerFate(guest, pc, register) });
    const accesses = facts.flatMap((part) => part.flatMap((fact) => (fact[0] === 'access' ? [fact[1]] : [])));
    const judged = verdicts.filter((verdict) => isFair(verdict, injected, execution.cut, tail));
    const until = bench.now;
    const whole = (): Plan => planOf(target, plan, accesses, during, until);
    return {
      violations: violationsOf(bench, { facts: facts.flat(), end: end.at, verdicts: judged }),
      until,
      plan: whole,
      finding: ({ verdict }, repeat) => {
        const repeated = whole();
        const rules = RULES.filter((name) => name === verdict.invariant && !INVARIANTS[name].always);
        return toFinding(verdict, { bench, history: judges.history, plan: repeated, repeat: repeat(repeated, rules) });
      },
    };
  } finally {
    bench.watchers.splice(bench.watchers.indexOf(recorder), 1);
  }
}

/** Rules of safety are always asked; the others of what a guest can do that gets everything right. */
function isFair({ invariant = '' }: Verdict, injected: number, cut: boolean, tail: readonly Fact[]): boolean {
  if (invariant === 'quiet') return isLoud(tail);
  if (LOSS.has(invariant)) return injected <= MOST_FOR_LOSS && !cut;
  return invariant !== 'recovers' || !cut;
}

/** Lines that a guest may print in the honest time: each complaint of the host's last answers once more. */
const MOST_LINES = 10;

/** Whether a line repeats while the host is honest. */
function isLoud(tail: readonly Fact[]): boolean {
  const counts = new Map<string, number>();
  for (const fact of tail) {
    if (fact[0] !== 'console') continue;
    const count = (counts.get(fact[1].text) ?? 0) + 1;
    if (count > MOST_LINES) return true;
    counts.set(fact[1].text, count);
  }
  return false;
}

/** The plan of a run from power-on that does the same. */
function planOf(
  target: FuzzTarget,
  plan: FuzzPlan,
  accesses: readonly AccessFact[],
  during: readonly Fact[],
  until: number,
): Plan {
  const { bench } = target;
  const start = target.startOf(plan);
  const usual = bench.planFor(`${until / 1e9}s`);
  const faults = accesses.flatMap(({ fault }, index) =>
    fault === null ? [] : [faultLine(accesses.slice(0, index + 1), fault)],
  );
  const preemptions = during.flatMap((fact) => (fact[0] === 'preempted' ? [preemptionLine(fact[1].access)] : []));
  const { preemptions: planned = [], ...rest } = usual;
  // Those of another execution may stand in the schedule by now.
  const own = usual.events.slice(0, usual.events.length - bench.schedule.extension.length);
  const events = [...start.events, ...target.momentsOf(plan, start)].map(({ source }) => source);
  return {
    ...rest,
    events: [...own, ...events],
    faults: [...usual.faults, ...faults],
    ...(planned.length + preemptions.length === 0 ? {} : { preemptions: [...planned, ...preemptions] }),
  };
}
