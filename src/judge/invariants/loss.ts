import type { MessageStep } from '../../protocol/index.ts';
import type { AccessFact } from '../access.ts';
import type { LossKind, Verdict } from '../finding.ts';

/** A request or report that got lost. */
export interface Loss {
  readonly kind: LossKind;
  /** One line, equal for all losses of one kind. */
  readonly title: string;
  readonly explanation: string;
  /** The port accesses that show it; none: the last ones of the run. */
  readonly accesses: readonly AccessFact[];
  /** Where the guest lost it; null: not known. */
  readonly failed: AccessFact | null;
}

/** An access that failed, with those up to it, and those around it. */
export interface Failure {
  readonly fact: AccessFact;
  readonly accesses: readonly AccessFact[];
  readonly around: readonly AccessFact[];
}

/** Accesses before and behind a failed one that a finding shows. */
const BEFORE = 5;
const BEHIND = 3;

/** Collects the accesses around those that failed. */
export class Failures {
  readonly #open: { readonly accesses: AccessFact[]; left: number }[] = [];

  /** An access failed. @param recent the accesses up to it. */
  failed(fact: AccessFact, recent: readonly AccessFact[]): Failure {
    const around = recent.slice(-BEFORE);
    this.#open.push({ accesses: around, left: BEHIND });
    return { fact, accesses: recent, around };
  }

  /** The next access. */
  access(fact: AccessFact): void {
    for (const open of this.#open) {
      open.accesses.push(fact);
      open.left--;
    }
    while (this.#open[0]?.left === 0) this.#open.shift();
  }
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
  open: 'did not send it again',
  sendsize: 'did not send again',
  send: 'did not send again',
  recvsize: 'did not receive again',
  receive: 'did not receive again',
  status: 'did not receive again',
  close: 'did not close again',
};

/** What failed, and what the guest did not do about it. @param message the message of the access */
export function whatFailed({ fact }: Failure, message: string): string {
  const step = fact.call?.step ?? 'send';
  const kind = fact.fault?.kind ?? (fact.outcome === 'checkpoint' ? 'checkpoint' : 'refuse');
  const where = `${STEPS[step]} of ${message}`;
  const came =
    kind === 'checkpoint'
      ? `The host set the checkpoint bit at ${where}`
      : kind === 'refuse'
        ? `The host refused ${where}`
        : `The fault ${kind} hit ${where}`;
  return `${came}; the driver ${NOT_DONE[step]}`;
}

/** A message, quoted and shortened for a title. */
export const quoted = (text: string): string => `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;

/** A verdict for each kind of loss, with the first one as the example. */
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
    ...(first === undefined ? {} : { loss: first.kind }),
    ...(first === undefined || first.accesses.length === 0 ? {} : { accesses: first.accesses }),
    ...(first?.failed == null ? {} : { failed: first.failed }),
  }));
}
