import { formatSeconds } from '../../plan/index.ts';
import type { HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import { effectOf, hiddenFor } from './effects.ts';
import type { RunContext, RunEnd } from './invariant.ts';
import { type Failure, Failures, type Loss, quoted, whatFailed } from './loss.ts';
import { GRACE } from './recovers.ts';
import { askedUnder, excused } from './ruling.ts';

const RESET = 'reset';

/** For a host event without a channel. */
const NO_CHANNEL = -1;

/** A TCLO request as it was offered on one channel. */
interface Delivery {
  readonly text: string;
  readonly posted: number;
  /** When RECVSTATUS acknowledged it. */
  fetched: number | null;
  /** When the last fault hit it, or its post. */
  undisturbedSince: number;
  excused: boolean;
  failure: Failure | null;
  /** The access that fetched it, with those around it. */
  fetch: Failure | null;
}

/** An answer without a fetched request; `unfetched`: the request that the channel offered. */
interface Unasked {
  readonly text: string;
  readonly at: number;
  readonly unfetched: Delivery | null;
}

/** Follows the requests that the guest has fetched, by channel. */
export interface Deliverer {
  fetched(text: string, channel: number, at: number): void;
  answered(reply: string, channel: number, at: number): void;
  /** The guest owes no answer on this channel any more. */
  gone(channel: number): void;
}

/**
 * The guest answers each request of a TCLO channel exactly once, there. A request ends with its channel, unless the
 * guest itself closes a working one; a "reset" that a host carries over may be answered on the next channel.
 */
export class Deliveries {
  readonly lost: Loss[] = [];
  /** The offered request of each channel: a host has one at a time. */
  readonly #open = new Map<number, Delivery>();
  /** Until when a channel hides its message. */
  readonly #stalled = new Map<number, number>();
  /** Channels where a fault hit the last request: the guest may answer anything there. */
  readonly #triggered = new Set<number>();
  /** The end of the lasting fault of TCLO's. */
  #lasting = 0;
  readonly #context: RunContext;
  readonly #deliverer: Deliverer;
  /** Reported by a host event, and judged with the access that it belongs to. */
  #closing: Delivery | null = null;
  #opened = NO_CHANNEL;
  #unasked: Unasked | null = null;
  #fetching: Delivery | null = null;
  readonly #failures = new Failures();

  constructor(context: RunContext, deliverer: Deliverer) {
    this.#context = context;
    this.#deliverer = deliverer;
  }

  hostEvent({ at, kind, text, channel = NO_CHANNEL, request }: HostEvent): void {
    const delivery = this.#open.get(channel);
    if (kind === 'open') {
      this.#opened = channel;
      this.#triggered.delete(channel);
      this.#stalled.delete(channel);
    } else if (kind === 'post') this.#open.set(channel, newDelivery(text, at, this.#stalled.get(channel) ?? at));
    else if (kind === 'dropped') this.#open.delete(channel);
    else if (kind === 'fetched' && delivery !== undefined) {
      delivery.fetched = at;
      this.#fetching = delivery;
      if (!delivery.excused) this.#deliverer.fetched(text, channel, at);
    } else if (kind === 'reply' && request === undefined) {
      this.#unasked = { text, at, unfetched: delivery ?? null };
    } else if (kind === 'reply') {
      this.#open.delete(channel);
      this.#triggered.delete(channel);
      this.#deliverer.answered(text, channel, at);
    } else if ((kind === 'broken' || kind === 'close') && delivery !== undefined) {
      if (kind === 'close') this.#closing = delivery;
      else if (this.#waited(delivery, at)) this.#unanswered(delivery, at);
      this.#open.delete(channel);
      this.#deliverer.gone(channel);
    }
  }

  access(fact: AccessFact): void {
    const { call } = fact;
    this.#failures.access(fact);
    if (this.#fetching !== null) this.#fetching.fetch = this.#failures.failed(fact, this.#context.lastAccesses());
    this.#fetching = null;
    if (call?.protocol === 'tclo' && call.channel !== null) {
      if (effectOf(fact) !== null) this.#injection(fact, call.channel);
      const judged = call.step === 'close' && fact.fault === null && fact.at >= this.#lasting;
      if (judged && this.#closing !== null) this.#closed(this.#closing);
      if (this.#unasked !== null && !this.#triggered.has(call.channel)) this.#notAsked(this.#unasked);
    }
    if (call?.step === 'open' && fact.fault !== null) this.#injection(fact, this.#opened);
    this.#closing = null;
    this.#unasked = null;
    this.#opened = NO_CHANNEL;
  }

  /** What only the end of the run decides. */
  judge({ at, halted }: RunEnd): { readonly lost: readonly Loss[]; readonly undecided: string | null } {
    let undecided: string | null = null;
    for (const delivery of this.#open.values()) {
      if (delivery.excused) continue;
      if (this.#waited(delivery, at) || (halted && at >= this.#lasting && delivery.fetched !== null))
        this.#unanswered(delivery, at);
      else if (delivery.fetched !== null) undecided = `${quoted(delivery.text)} is not answered yet`;
    }
    return { lost: this.lost, undecided };
  }

  #injection(fact: AccessFact, channel: number): void {
    const isExcused = excused('noLostEvent', fact);
    const { fault } = fact;
    if (isExcused || fault?.until !== undefined) this.#triggered.add(channel);
    this.#lasting = Math.max(this.#lasting, fault?.until ?? 0);
    const hidden = hiddenFor(fault);
    if (hidden > 0) this.#stalled.set(channel, fact.at + hidden);
    const delivery = this.#open.get(channel);
    if (delivery === undefined) return;
    delivery.undisturbedSince = Math.max(fact.at, this.#stalled.get(channel) ?? 0);
    delivery.failure = this.#failures.failed(fact, this.#context.lastAccesses());
    if (!isExcused) return;
    delivery.excused = true;
    this.#deliverer.gone(channel);
  }

  #waited({ undisturbedSince, excused: isExcused }: Delivery, now: number): boolean {
    return !isExcused && now - Math.max(undisturbedSince, this.#lasting) >= GRACE;
  }

  #unanswered({ text, posted, fetched, failure, fetch }: Delivery, now: number): void {
    const how = fetched === null ? 'not fetched' : `fetched at ${formatSeconds(fetched)}s and not answered`;
    const dropped = failure ?? fetch;
    this.lost.push({
      kind: 'unanswered',
      title: `the guest never answers a request: ${quoted(text)}`,
      explanation: `The host offered it at ${formatSeconds(posted)}s; until ${formatSeconds(now)}s it was ${how}`,
      accesses: dropped?.around ?? [],
      failed: dropped?.fact ?? null,
    });
  }

  #closed({ text, fetched, failure, excused: wasExcused }: Delivery): void {
    if (fetched === null || wasExcused) return;
    if (text === RESET && this.#context.host.resetAcrossReopen === 'carry') return;
    const why =
      failure === null
        ? `The guest fetched it at ${formatSeconds(fetched)}s and closed a working channel without an answer`
        : `${whatFailed(failure, `the answer to ${quoted(text)}`)}, and closed the channel`;
    this.lost.push({
      kind: 'closed',
      title: `the guest closes a channel with a request unanswered: ${quoted(text)}`,
      explanation: why,
      accesses: failure?.accesses ?? this.#context.lastAccesses(),
      failed: failure?.fact ?? null,
    });
  }

  #notAsked({ at, text, unfetched }: Unasked): void {
    if (!askedUnder('noLostEvent', 'unsolicitedReply', this.#context.host)) return;
    const asked = unfetched === null ? '' : quoted(unfetched.text);
    const why =
      unfetched?.failure == null
        ? `At ${formatSeconds(at)}s nothing was fetched and unanswered on the channel: each request gets exactly one answer`
        : `${whatFailed(unfetched.failure, asked)}, and answered a request that it had not received`;
    this.lost.push({
      kind: 'unasked',
      title: `the guest answers without a request: ${quoted(text)}`,
      explanation: why,
      accesses: this.#context.lastAccesses(),
      failed: unfetched?.failure?.fact ?? null,
    });
  }
}

const newDelivery = (text: string, posted: number, stalled: number): Delivery => ({
  text,
  posted,
  fetched: null,
  undisturbedSince: Math.max(posted, stalled),
  excused: false,
  failure: null,
  fetch: null,
});
