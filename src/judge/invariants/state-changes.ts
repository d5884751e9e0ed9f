import { formatSeconds } from '../../plan/index.ts';
import type { HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { Deliverer } from './deliveries.ts';
import { announcesNothing, effectOf } from './effects.ts';
import type { RunContext, RunEnd } from './invariant.ts';
import { type Failure, Failures, type Loss, whatFailed } from './loss.ts';
import { GRACE } from './recovers.ts';
import { excused } from './ruling.ts';

/** The requests that a guest reports, and the state id of each. Source: vmt.c, open-vm-tools `powerops.h`. */
const STATE_CHANGES: Readonly<Record<string, number>> = {
  OS_Halt: 1,
  OS_Reboot: 2,
  OS_PowerOn: 3,
  OS_Resume: 4,
  OS_Suspend: 5,
};

/** The state that an RPCI request reports; null: it is no report. */
function reportOf(command: string | null): number | null {
  const [, state] = /^tools\.os\.statechange\.status +\S+ +(\d+)/.exec(command ?? '') ?? [];
  return state === undefined ? null : Number(state);
}

/** A state change that the host has requested. */
interface Change {
  readonly request: string;
  readonly state: number;
  readonly channel: number;
  /** When the guest said "OK "; null: not yet. */
  answered: number | null;
  /** The report arrived at the host. */
  sent: boolean;
  /** When the last fault hit its report, or its request was fetched. */
  undisturbedSince: number;
  failure: Failure | null;
}

/**
 * The guest reports each state change that it answers "OK " by `tools.os.statechange.status`, and receives the answer
 * to that: RECVSIZE, the payload with success, RECVSTATUS.
 */
export class StateChanges implements Deliverer {
  /** Not reported yet, the oldest first. */
  #changes: Change[] = [];
  /** RPCI channels whose answer's payload came with success, and those on which a fault altered the request. */
  readonly #received = new Set<number>();
  readonly #altered = new Set<number>();
  readonly #context: RunContext;
  readonly #failures = new Failures();
  /** The end of the lasting fault that keeps reports away. */
  #lasting = 0;

  constructor(context: RunContext) {
    this.#context = context;
  }

  fetched(request: string, channel: number, at: number): void {
    const state = Object.hasOwn(STATE_CHANGES, request) ? STATE_CHANGES[request] : undefined;
    if (state === undefined) return;
    this.#changes.push({ request, state, channel, answered: null, sent: false, undisturbedSince: at, failure: null });
  }

  answered(reply: string, channel: number, at: number): void {
    for (const change of this.#changes) {
      if (change.channel === channel && change.answered === null && reply.startsWith('OK ')) change.answered = at;
    }
    this.gone(channel);
  }

  gone(channel: number): void {
    this.#changes = this.#changes.filter((change) => change.channel !== channel || change.answered !== null);
  }

  hostEvent({ kind, text, channel = -1 }: HostEvent): void {
    if (kind === 'open') {
      this.#received.delete(channel);
      this.#altered.delete(channel);
    } else if (kind === 'rpci') {
      const change = this.#find(reportOf(text));
      if (change !== undefined) change.sent = true;
    } else if (kind === 'fetched' && this.#received.has(channel)) {
      this.#reported(this.#altered.has(channel) ? 'any' : reportOf(text));
    }
  }

  access(fact: AccessFact): void {
    const { call, outcome } = fact;
    this.#failures.access(fact);
    if (call === null || call.protocol !== 'rpci') return;
    const { step, channel } = call;
    // An answer announced as empty has no payload: RECVSTATUS alone takes it.
    const isWhole = step === 'receive' || (step === 'recvsize' && announcesNothing(fact.fault));
    if (channel !== null && outcome === 'ok' && isWhole) this.#received.add(channel);
    else if (channel !== null && (step === 'receive' || step === 'recvsize')) this.#received.delete(channel);
    if (effectOf(fact) !== null) this.#injection(fact);
  }

  judge({ at, halted }: RunEnd): { readonly lost: readonly Loss[]; readonly undecided: string | null } {
    const owed = this.#changes.filter(({ answered }) => answered !== null);
    const over = at >= this.#lasting;
    const late = owed.filter(
      ({ answered, undisturbedSince }) =>
        over && (halted || at - Math.max(answered ?? 0, undisturbedSince, this.#lasting) >= GRACE),
    );
    const waits = owed.find((change) => !late.includes(change));
    const undecided = waits === undefined ? null : `the guest has 30 s to report ${waits.request}`;
    return { lost: late.map(lossOf), undecided };
  }

  #injection(fact: AccessFact): void {
    const { step, channel, command } = fact.call ?? {};
    this.#lasting = Math.max(this.#lasting, fact.fault?.until ?? 0);
    if (channel != null && excused('noLostEvent', fact)) {
      this.#altered.add(channel);
      // The guest sees its acknowledgement taken, and the host has not taken it.
      if (step === 'status' && fact.outcome === 'ok' && this.#received.has(channel)) this.#reported('any');
    }
    // Before its text is sent, nothing says what a channel is for: while a request is handled, it counts as for that.
    const unknown = step === 'open' || step === 'sendsize';
    const triggered = unknown
      ? this.#changes.filter(({ answered }) => answered === null)
      : [this.#find(reportOf(command ?? null))];
    for (const change of triggered) {
      if (change === undefined) continue;
      change.undisturbedSince = fact.at;
      change.failure = this.#failures.failed(fact, this.#context.lastAccesses());
    }
  }

  #find(state: number | null): Change | undefined {
    return state === null ? undefined : this.#changes.find((change) => change.state === state);
  }

  #reported(state: number | 'any' | null): void {
    if (state === 'any') this.#changes = [];
    const change = state === 'any' ? undefined : this.#find(state);
    if (change !== undefined) this.#changes.splice(this.#changes.indexOf(change), 1);
  }
}

function lossOf({ request, state, answered, sent, failure }: Change): Loss {
  const kind = 'report';
  const title = `the report of ${request} is lost`;
  if (failure === null) {
    const when = formatSeconds(answered ?? 0);
    const never = sent
      ? 'the driver never received the answer to its report'
      : `the driver never sent \`tools.os.statechange.status 1 ${state}\``;
    return {
      kind,
      title,
      explanation: `The guest answered "OK " at ${when}s, and ${never}`,
      accesses: [],
      failed: null,
    };
  }
  const report = `\`${failure.fact.call?.command ?? `tools.os.statechange.status 1 ${state}`}\``;
  const end = sent ? 'it never learned whether the host took its report' : 'the host never got its report';
  const explanation = `${whatFailed(failure, report)}: ${end}`;
  return { kind, title, explanation, accesses: failure.accesses, failed: failure.fact };
}
