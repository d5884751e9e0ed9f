import { hex } from '../../hex.ts';
import type { AccessFact, Answer } from '../access.ts';
import type { Verdict } from '../finding.ts';
import { accessText } from '../history.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
import { lostAnswers } from './lost-answers.ts';
import { askedOf } from './ruling.ts';

/** Answers that a finding shows at most: the last ones. */
const SHOWN = 3;

/**
 * Where the host offers the device and nothing was injected, the driver attaches. A module of a kernel whose drivers do
 * not tick may have another device: it is asked if it has called the host.
 */
export function attaches(context: RunContext): Invariant {
  let calls: AccessFact[] = [];
  let failed: readonly AccessFact[] | null = null;
  let disturbed = false;
  let booted = false;
  return {
    access(fact: AccessFact): void {
      if (booted) return;
      if (fact.fault !== null) disturbed = true;
      calls.push(fact);
    },
    booted(alive: boolean): void {
      booted = true;
      const judged = calls.length > 0 || context.kernelFacts.driversKeepTclo;
      if (!alive && !disturbed && judged && askedOf('attaches', context.host)) failed = context.lastAccesses();
      calls = calls.slice(-SHOWN);
    },
    judge({ ending, fateOf }: RunEnd): Judgement {
      if (failed === null) return { verdicts: [] };
      const how = ending?.kind === 'notAttached' ? 'its match function found no device' : 'its attach gave up';
      const lost = fateOf === undefined ? [] : calls.flatMap((fact) => lostAnswers(fact, fateOf, context.where));
      return { verdicts: [verdictOf(how, calls, failed, lost)] };
    },
  };
}

function verdictOf(
  how: string,
  calls: readonly AccessFact[],
  accesses: readonly AccessFact[],
  lost: readonly string[],
): Verdict {
  const said = calls.flatMap((fact) => (fact.answer === null ? [] : [`${accessText(fact)} ${answered(fact.answer)}`]));
  const last = said.length === 0 ? 'It was never asked.' : `Its last answers: ${said.join('; ')}.`;
  return {
    kind: 'invariant',
    invariant: 'attaches',
    title: `the driver did not attach: ${how}`,
    explanation: ['The host offers the device.', last, ...lost].join(' '),
    address: null,
    stack: [],
    ...(accesses.length === 0 ? {} : { accesses }),
  };
}

/** What the host said, register by register. */
const answered = (answer: Answer): string =>
  Object.entries(answer)
    .map(([name, value]) => `${name.toUpperCase()} ${hex(value)}`)
    .join(' ');
