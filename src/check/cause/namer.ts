import { type Bench, verdictPlace } from '../../bench/index.ts';
import type { SourceFrame } from '../../guest/index.ts';
import type { AccessFact, Verdict } from '../../judge/index.ts';
import { withoutNumbers } from '../symptom.ts';
import { type Course, failed, isTclo, type Step } from './course.ts';
import type { Decided } from './decided.ts';
import { Deciders } from './frames.ts';
import { DECISIONS } from './kinds.ts';
import { channelOwners } from './owners.ts';
import { decideKeptClose, decideLoop, decideLostMessage, decideRecovery, decideUnasked } from './recovery.ts';

/** What is to be mended: the guest's own decision, or the place of an error that no message explains. Plain data. */
export interface Cause {
  /** The same in each build of one source, and for each fault that leads there: `it greets unasked @ vmt_tclo_tick`. */
  readonly cause: string;
  /** In words, without the place. */
  readonly name: string;
  readonly function: string | null;
  /** `vmt_tclo.c:123`: the branch taken, or the call behind which a step is left out. Null without debug information. */
  readonly line: string | null;
}

/** A minute: `quiet` counts the lines of one. */
const MINUTE = 60e9;

/** Names the causes of violations. One serves all executions of a guest. */
export class CauseNamer {
  readonly #bench: Pick<Bench, 'frames' | 'guest'>;
  readonly #deciders: Deciders;
  readonly #owners: ReadonlySet<string>;

  /** @param healthy the accesses of an execution without faults: it shows which functions own a channel. */
  constructor(bench: Pick<Bench, 'frames' | 'guest'>, healthy: readonly AccessFact[]) {
    this.#bench = bench;
    this.#deciders = new Deciders(bench.frames);
    this.#owners = channelOwners(healthy, bench.frames);
  }

  /** @param last the last accesses of the execution: they stand for a verdict that has no place of its own. */
  causeOf(verdict: Verdict, course: Course, last: readonly AccessFact[]): Cause {
    const decided = this.#decide(verdict, course);
    return decided === null ? this.#atPlace(verdict, last) : this.#byDecision(decided);
  }

  #decide(verdict: Verdict, course: Course): Decided | null {
    const { invariant } = verdict;
    if (invariant === 'noLeak') return this.#leak(verdict, course);
    if (invariant !== 'recovers' && invariant !== 'quiet' && invariant !== 'noLostEvent') return null;
    if (!course.alive) return this.#givesUp(course);
    if (invariant === 'recovers') return decideRecovery(course, this.#deciders);
    return invariant === 'quiet' ? this.#flood(verdict, course) : this.#loss(verdict, course);
  }

  #givesUp({ steps, boot }: Course): Decided | null {
    const booting = steps.slice(0, boot);
    const fact = (booting.findLast((step) => failed(step.fact)) ?? booting.at(-1))?.fact;
    return fact === undefined ? null : { kind: 'givesUp', frame: this.#deciders.entry(fact) };
  }

  #leak({ address, site, accesses }: Verdict, course: Course): Decided | null {
    // A heap block has its own place, the one that allocated it.
    if (site !== undefined || address === null || accesses !== undefined) return null;
    if (!course.alive) return this.#givesUp(course);
    const open = course.steps.findIndex(({ fact }) => fact.pc === address && fact.call?.step === 'open');
    const channel = course.steps[open + 1]?.fact.call?.channel;
    if (open < 0 || channel === undefined) return null;
    const next = course.steps.findIndex(({ fact }, at) => at > open && fact.call?.channel !== channel);
    const last = course.steps[next < 0 ? course.steps.length - 1 : next - 1] as Step;
    return { kind: 'leavesOpen', frame: this.#deciders.after(last.fact, course.steps[next]?.fact) };
  }

  /** A guest that floods its console tries something in vain, again and again. */
  #flood({ accesses = [] }: Verdict, { steps }: Course): Decided | null {
    const loud = accesses.at(-1)?.at ?? 0;
    const minute = steps.filter(({ fact }) => fact.at <= loud && fact.at > loud - MINUTE);
    const failures = minute.filter(({ fact }) => failed(fact));
    const [rpci, tclo] = [false, true].map((wanted) => failures.filter((step) => isTclo(step) === wanted));
    if (rpci === undefined || tclo === undefined || rpci.length + tclo.length === 0) return null;
    if (rpci.length > tclo.length) return this.#dropsRequest((rpci[0] as Step).fact);
    const loop = decideLoop(steps, minute.filter(isTclo), this.#deciders);
    return loop?.kind === 'reopens' ? { ...loop, kind: 'complains' } : loop;
  }

  #loss({ loss, failed: fact, accesses = [] }: Verdict, { steps }: Course): Decided | null {
    if (fact?.outcome === 'checkpoint') return { kind: 'takesCheckpoint', frame: this.#deciders.reader(fact) };
    const last = accesses.at(-1);
    const at = steps.findIndex((step) => step.fact === (fact ?? last));
    switch (loss) {
      case 'report':
        return fact === undefined ? { kind: 'neverReports', frame: null } : this.#dropsRequest(fact);
      case 'unasked': {
        const answer = steps.findIndex((step) => step.unasked !== null && step.fact === last);
        return answer < 0 ? null : decideUnasked(steps, answer, this.#deciders);
      }
      case 'closed':
        return this.#closed(steps, last);
      default:
        if (fact === undefined || at < 0) return null;
        if (failed(fact) && fact.call?.step !== 'close') return decideLostMessage(steps, at, this.#deciders);
        return (
          decideKeptClose(steps, at, this.#deciders) ?? {
            kind: 'neverAnswers',
            frame: this.#deciders.after(fact, steps[at + 1]?.fact),
          }
        );
    }
  }

  /** A guest that answers the request on its next channel has not dropped it: it greets there. */
  #closed(steps: readonly Step[], last: AccessFact | undefined): Decided | null {
    const close = steps.findIndex(({ fact }) => fact === last);
    const from = close < 0 ? -1 : steps.findIndex(({ fact }, at) => at >= close && fact.call?.step === 'close');
    if (from < 0) return null;
    const next = steps.findIndex((step, at) => at > from && isTclo(step) && step.fact.call?.step === 'send');
    if (steps[next]?.unasked != null) {
      const answer = decideUnasked(steps, next, this.#deciders);
      if (answer.kind === 'greets') return answer;
    }
    const [before, fact] = [steps[from - 1]?.fact, (steps[from] as Step).fact];
    const frame = before === undefined ? this.#deciders.entry(fact) : this.#deciders.between(before, fact);
    return { kind: 'closesUnanswered', frame };
  }

  #dropsRequest(fact: AccessFact): Decided {
    return { kind: 'dropsRequest', frame: this.#deciders.among(fact, this.#owners) ?? this.#deciders.reader(fact) };
  }

  #byDecision({ kind, frame }: Decided): Cause {
    const { name, per } = DECISIONS[kind];
    const where = (per === 'file' ? frame?.line?.text.replace(/:\d+$/, '') : null) ?? frame?.function ?? null;
    const line = frame === null ? null : this.#deciders.branchLine(frame);
    return { cause: where === null ? name : `${name} @ ${where}`, name, function: frame?.function ?? null, line };
  }

  /** An error that stands for itself: its place is what is to be mended. */
  #atPlace(verdict: Verdict, last: readonly AccessFact[]): Cause {
    const place = verdictPlace(verdict, { facts: last });
    const frame = this.#bench.frames.place(place.site, place.calls);
    const name = nameOf(verdict);
    return {
      cause: [name, ...placeTexts(verdict, frame)].join(' @ '),
      name,
      function: frame?.function ?? null,
      line: frame?.line?.text ?? null,
    };
  }
}

/** A guest that hangs is stopped anywhere in its loop. */
function placeTexts({ invariant }: Verdict, frame: SourceFrame | null): string[] {
  if (frame === null) return [];
  const { function: name, line } = frame;
  const texts = [...(name === null ? [] : [name]), ...(line === null || invariant === 'hang' ? [] : [line.text])];
  return texts.length === 0 ? [] : [texts.join(', ')];
}

/** The violation without what differs between executions: times, counts, addresses. */
function nameOf({ kind, invariant, title }: Verdict): string {
  if (invariant === 'noLeak')
    return title.includes('channel') ? 'a channel is left open' : 'heap blocks are never freed';
  return withoutNumbers(kind === 'memory' ? misuseOf(title) : title);
}

/** `bcopy: out of bounds write` of a title that goes on with addresses and sizes. */
function misuseOf(title: string): string {
  const [first = '', ...more] = title.split(': ');
  const end = more.findIndex((part) => /\d/.test(part));
  return [first, ...(end < 0 ? more : more.slice(0, end))].join(': ');
}
