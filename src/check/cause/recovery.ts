import type { AccessFact } from '../../judge/index.ts';
import { type Course, failed, isTclo, type Step, sameChannel, useOf } from './course.ts';
import type { Decided } from './decided.ts';
import type { Deciders } from './frames.ts';

/** Virtual nanoseconds before the end in which a guest that tries again does so. */
const LATELY = 10e9;
/** Virtual nanoseconds after a failure from which on a step is of another try: drivers wait a second. */
const NEXT_TRY = 500e6;

/** Why a guest does not get its TCLO channel back: what it decided wrong, and where. Null: not known. */
export function decideRecovery({ steps, end }: Course, deciders: Deciders): Decided | null {
  const from = steps.findIndex(({ fact }) => end - fact.at < LATELY);
  const lately = (from < 0 ? [] : steps.slice(from)).filter(isTclo);
  if (lately.length === 0) return decideSilence(steps, deciders);
  if (lately.some(({ fact }) => failed(fact))) return decideLoop(steps, lately, deciders);
  const first = steps.findIndex((step) => isTclo(step) && failed(step.fact));
  return first < 0 ? null : decideLostMessage(steps, first, deciders);
}

/** Why a guest uses TCLO in vain. @param lately its last steps, some of which failed. */
export function decideLoop(steps: readonly Step[], lately: readonly Step[], deciders: Deciders): Decided | null {
  const kept = lately.map((step) => keptClose(steps, steps.indexOf(step))).find((index) => index !== null);
  if (kept !== undefined && kept !== null) {
    const { fact } = steps[kept] as Step;
    return { kind: 'keepsClosed', frame: deciders.reader(fact) };
  }
  const last = lately.findLast(({ fact }) => failed(fact));
  if (last === undefined) return null;
  const index = steps.indexOf(last);
  const from = useOf(steps, index);
  const use = steps.slice(from, index + 1);
  const breaker = use.findLast((step) => step.broke && sameChannel(step, last));
  const unasked = breaker?.unasked == null ? lately.filter((step) => step.unasked !== null) : [breaker];
  const answers = unasked.map((step) => decideUnasked(steps, steps.indexOf(step), deciders));
  const greeting = answers.find(({ kind }) => kind === 'greets');
  if (greeting !== undefined) return greeting;
  if (last.fact.call?.step === 'open') return { kind: 'reopens', frame: deciders.entry(last.fact) };
  const failures = use.filter((step) => failed(step.fact) && sameChannel(step, last));
  const [first = last] = failures;
  // What fails at once after a failure is of the same try.
  const again = failures.some(({ fact }) => fact.at - first.fact.at >= NEXT_TRY);
  return again
    ? { kind: 'keepsDead', frame: deciders.entry(first.fact) }
    : { kind: 'reopens', frame: deciders.entry(last.fact) };
}

/** An answer that nothing asked for: greets, where it is the first message on its channel. @param index of the answer's payload */
export function decideUnasked(steps: readonly Step[], index: number, deciders: Deciders): Decided {
  const answer = steps[index] as Step;
  const from = useOf(steps, index);
  const size = steps.findLastIndex((step, at) => at <= index && step.fact.call?.step === 'sendsize');
  const before = steps.slice(from, Math.max(size, from)).filter((step) => sameChannel(step, answer));
  // What the guest took for a request was none.
  const misread = before.findLast((step) => step.fact.call?.step !== 'recvsize' && !isOpen(step.fact));
  if (misread !== undefined && failed(misread.fact)) {
    return { kind: 'takesCheckpoint', frame: deciders.reader(misread.fact) };
  }
  const greets = before.every((step) => isOpen(step.fact));
  const start = steps[size]?.fact ?? answer.fact;
  const previous = before.at(-1)?.fact;
  const frame = previous === undefined ? deciders.entry(start) : deciders.between(previous, start);
  return { kind: greets ? 'greets' : 'answersUnasked', frame };
}

/** A TCLO message that failed once, and that the guest does not send or fetch again. */
export function decideLostMessage(steps: readonly Step[], index: number, deciders: Deciders): Decided {
  const { fact } = steps[index] as Step;
  if (fact.outcome === 'checkpoint') return { kind: 'takesCheckpoint', frame: deciders.reader(fact) };
  return { kind: 'dropsReply', frame: deciders.after(fact, steps[index + 1]?.fact) };
}

function decideSilence(steps: readonly Step[], deciders: Deciders): Decided | null {
  const last = steps.findLast(isTclo);
  return last === undefined ? null : { kind: 'stopsPolling', frame: deciders.entry(last.fact) };
}

/** The first CLOSE of TCLO from a step on that failed and after which the guest used the channel all the same. */
export function decideKeptClose(steps: readonly Step[], from: number, deciders: Deciders): Decided | null {
  for (let at = Math.max(from, 0); at < steps.length; at++) {
    const kept = isTclo(steps[at] as Step) ? keptClose(steps, at) : null;
    if (kept !== null && kept >= from)
      return { kind: 'keepsClosed', frame: deciders.reader((steps[kept] as Step).fact) };
  }
  return null;
}

/** The CLOSE that failed and after which the guest used the channel of a step all the same; null: there is none. */
function keptClose(steps: readonly Step[], index: number): number | null {
  const step = steps[index];
  if (step === undefined || isOpen(step.fact)) return null;
  for (let at = index - 1; at >= 0; at--) {
    const other = steps[at] as Step;
    if (isOpen(other.fact) && other.protocol === step.protocol) return null;
    if (other.fact.call?.step === 'close' && failed(other.fact) && sameChannel(other, step)) return at;
  }
  return null;
}

const isOpen = ({ call }: AccessFact): boolean => call?.step === 'open';
