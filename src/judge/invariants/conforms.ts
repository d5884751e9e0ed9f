import type { PreemptionPoint } from '../../plan/index.ts';
import { HOST_EVENTS, type HostEvent, type HostEventName } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { Verdict } from '../finding.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
import { type FateOf, lostAnswers } from './lost-answers.ts';
import { askedUnder } from './ruling.ts';

/** One error of the guest's, and where it showed. */
interface Seen {
  readonly fact: AccessFact;
  readonly accesses: readonly AccessFact[];
  readonly title: string;
  readonly explanation: string;
  readonly places: Set<bigint>;
  count: number;
}

/** Findings of one run at most: what is behind them follows from them. */
const MOST = 8;

/** Channels that a host may have. */
const CHANNELS = 128;

/** Options under which the host has reasons of its own to refuse a step that is right. */
const REFUSING = ['maxChannels', 'rpciUntilReset', 'highBandwidth', 'secondOwner'] as const;

/**
 * As long as nothing was injected, each access is a call that the protocol knows, in its order, with its registers, and
 * the host refuses none. What follows on a channel that an error was made on is not judged.
 */
export function conforms(context: RunContext): Invariant {
  const seen = new Map<string, Seen>();
  const spoilt = new Set<number>();
  const asked = askedUnder('conforms', 'personality', context.host);
  const mayRefuse = REFUSING.some((option) => !askedUnder('conforms', option, context.host));
  let disturbed = false;

  const errorOf = ({ violation, call, outcome }: AccessFact): { title: string; explanation: string } | null => {
    if (violation !== null) return violation;
    if (outcome !== 'refused' || call === null || mayRefuse || seen.size > 0) return null;
    return {
      title: `the host refuses ${call.step} though its registers are right`,
      explanation: `The answer to ${call.protocol ?? 'no'}.${call.step} was status 0.`,
    };
  };

  return {
    access(fact: AccessFact): void {
      if (fact.fault !== null || fact.outcome === 'checkpoint') disturbed = true;
      if (!asked || disturbed) return;
      const error = errorOf(fact);
      const channel = fact.call?.channel ?? null;
      if (error === null || (channel !== null && spoilt.has(channel))) return;
      if (channel !== null) spoilt.add(channel);
      else if (fact.command === null) for (let id = 0; id < CHANNELS; id++) spoilt.add(id);
      const known = seen.get(error.title);
      if (known !== undefined) {
        known.count++;
        known.places.add(fact.pc);
      } else if (seen.size < MOST) {
        const accesses = context.lastAccesses();
        seen.set(error.title, { ...error, fact, accesses, places: new Set([fact.pc]), count: 1 });
      }
    },
    preempted(_point: PreemptionPoint): void {
      disturbed = true;
    },
    hostEvent({ kind, text, channel }: HostEvent): void {
      if (kind === 'broken' || (kind === 'event' && disturbs(text))) disturbed = true;
      if (kind === 'open' && channel !== undefined) spoilt.delete(channel);
    },
    judge({ ending, fateOf }: RunEnd): Judgement {
      const unread = (error: Seen) => (fateOf === undefined ? [] : unreadBefore(error, fateOf, context.where));
      const verdicts = [...seen.values()].map((error) => verdictOf(error, unread(error)));
      if (ending?.violation === undefined || !asked || disturbed) return { verdicts };
      const { title, explanation } = ending.violation;
      const last = {
        kind: 'invariant',
        invariant: 'conforms',
        title,
        explanation,
        address: ending.pc,
        stack: [],
      } as const;
      return { verdicts: [...verdicts, last] };
    },
  };
}

/** Whether an event makes the host refuse what is right. @param text as the host tells of it: its name first */
function disturbs(text: string): boolean {
  const [name = ''] = text.split(' ');
  return Object.hasOwn(HOST_EVENTS, name) && HOST_EVENTS[name as HostEventName].disturbs === true;
}

/** Steps whose answer the later ones need: those of the others a guest may drop. */
const NEEDED: readonly string[] = ['open', 'recvsize'];

/** What the guest never read of the answers before its error. */
function unreadBefore({ fact, accesses }: Seen, fateOf: FateOf, where: RunContext['where']): string[] {
  const before = accesses.filter(({ at, call }) => at < fact.at && NEEDED.includes(call?.step ?? ''));
  return [...new Set(before.flatMap((access) => lostAnswers(access, fateOf, where)))];
}

function verdictOf({ title, explanation, fact, accesses, places, count }: Seen, unread: readonly string[]): Verdict {
  const others = places.size - 1;
  const where = others === 0 ? '' : `, at ${others} other ${others === 1 ? 'place' : 'places'} too`;
  const more = count === 1 ? '' : ` It happened ${count} times${where}.`;
  return {
    kind: 'invariant',
    invariant: 'conforms',
    title,
    explanation: [`${explanation}${more}`, ...unread].join(' '),
    address: fact.pc,
    stack: [],
    accesses,
  };
}
