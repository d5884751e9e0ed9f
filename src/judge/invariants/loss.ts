import type { MessageStep } from '../../protocol/index.ts';
import type { AccessFact } from '../access.ts';
import type { Verdict } from '../finding.ts';
import { injectionOf } from './ruling.ts';

/** Something that got lost between host and guest. */
export interface Loss {
  /** One line, the same for all that are lost in the same way. */
  readonly title: string;
  readonly explanation: string;
  /** The port accesses that show it; none: the last of the run. */
  readonly accesses: readonly AccessFact[];
}

/** An access that did not do what the guest wanted, with those before it. */
export interface Failure {
  readonly fact: AccessFact;
  readonly accesses: readonly AccessFact[];
}

/** The steps as the protocol calls them. */
const STEPS: Readonly<Record<MessageStep, string>> = {
  open: 'OPEN',
  sendsize: 'SENDSIZE',
  send: 'the payload',
  recvsize: 'RECVSIZE',
  receive: 'the payload',
  status: 'RECVSTATUS',
  close: 'CLOSE',
};

/** What a perfect guest would have done next. */
const NOT_DONE: Readonly<Record<MessageStep, string>> = {
  open: 'did not open another channel',
  sendsize: 'did not send again',
  send: 'did not send again',
  recvsize: 'did not receive again',
  receive: 'did not receive again',
  status: 'did not receive again',
  close: 'did not close again',
};

/** What came in place of success, and what the guest did not do about it. @param message what was under way */
export function whatFailed({ fact }: Failure, message: string): string {
  const step = fact.call?.step ?? 'send';
  const kind = injectionOf(fact);
  const where = `${STEPS[step]} of ${message}`;
  const came =
    kind === 'checkpoint'
      ? `The checkpoint bit came with ${where}`
      : kind === 'refuse'
        ? `The host refused ${where}`
        : `The fault ${kind} struck ${where}`;
  return `${came}; the driver ${NOT_DONE[step]}`;
}

/** The words of a message in a finding's one line. */
export const quoted = (text: string): string => `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;

/** A verdict for each way in which something got lost, the first of its kind as the example. */
export function verdictsOf(losses: readonly Loss[]): Verdict[] {
  const byTitle = new Map<string, Loss[]>();
  for (const loss of losses) {
    const alike = byTitle.get(loss.title);
    if (alike === undefined) byTitle.set(loss.title, [loss]);
    else alike.push(loss);
  }
  return [...byTitle].map(([title, [first, ...more]]) => ({
    kind: 'invariant',
    invariant: 'noLostEvent',
    title,
    explanation: `${first?.explanation}.${more.length === 0 ? '' : ` The same happened ${more.length} times more.`}`,
    address: null,
    stack: [],
    ...(first === undefined || first.accesses.length === 0 ? {} : { accesses: first.accesses }),
  }));
}
