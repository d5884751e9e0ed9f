import { formatSeconds } from '../../plan/index.ts';
import type { HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { RunContext, RunEnd } from './invariant.ts';
import { type Failure, type Loss, quoted, whatFailed } from './loss.ts';
import { GRACE } from './recovers.ts';
import { askedUnder, excused, injectionOf } from './ruling.ts';

const RESET = 'reset';

/** Where a happening tells of no channel. */
const NO_CHANNEL = -1;

/** A TCLO request as it was offered on one channel. */
interface Delivery {
  readonly text: string;
  readonly posted: number;
  /** When RECVSTATUS acknowledged it. */
  fetched: number | null;
  /** Since when nothing has struck it. */
  baseline: number;
  excused: boolean;
  failure: Failure | null;
}

/** An answer that no request was fetched for; `unfetched`: what was on its way on the channel. */
interface Unasked {
  readonly text: string;
  readonly at: number;
  readonly unfetched: Delivery | null;
}

/** Told of what becomes of a request that was fetched; all of them: with its channel. */
export interface Deliverer {
  fetched(text: string, channel: number, at: number): void;
  answered(reply: string, channel: number, at: number): void;
  /** It is not to be answered on this channel any more. */
  gone(channel: number): void;
}

/**
 * Each request that is offered on a TCLO channel gets exactly one answer there. It goes with its channel, unless the
 * guest itself closes one that serves; a "reset" that a host carries over is answered on the next channel.
 */
export class Deliveries {
  readonly lost: Loss[] = [];
  /** On its way, by channel: a host has one at a time. */
  readonly #open = new Map<number, Delivery>();
  /** Until when a channel tells of no message. */
  readonly #stalled = new Map<number, number>();
  /** Channels on which the last request was struck: what is answered there may be anything. */
  readonly #triggered = new Set<number>();
  readonly #context: RunContext;
  readonly #deliverer: Deliverer;
  /** Told by a happening, to be judged with the access that it belongs to. */
  #closing: Delivery | null = null;
  #opened = NO_CHANNEL;
  #unasked: Unasked | null = null;

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
      if (!delivery.excused) this.#deliverer.fetched(text, channel, at);
    } else if (kind === 'reply' && request === undefined) {
      this.#unasked = { text, at, unfetched: delivery ?? null };
    } else if (kind === 'reply') {
      this.#open.delete(channel);
      this.#triggered.delete(channel);
      this.#deliverer.answered(text, channel, at);
    } else if ((kind === 'broken' || kind === 'close') && delivery !== undefined) {
      if (kind === 'close') this.#closing = delivery;
      else if (waited(delivery, at)) this.#unanswered(delivery, at);
      this.#open.delete(channel);
      this.#deliverer.gone(channel);
    }
  }

  access(fact: AccessFact): void {
    const { call } = fact;
    if (call?.protocol === 'tclo' && call.channel !== null) {
      if (injectionOf(fact) !== null) this.#injection(fact, call.channel);
      if (call.step === 'close' && fact.fault === null && this.#closing !== null) this.#closed(this.#closing);
      if (this.#unasked !== null && !this.#triggered.has(call.channel)) this.#notAsked(this.#unasked);
    }
    if (call?.step === 'open' && fact.fault !== null) this.#injection(fact, this.#opened);
    this.#closing = null;
    this.#unasked = null;
    this.#opened = NO_CHANNEL;
  }

  /** What the end of the run decides. */
  judge({ at, halted }: RunEnd): { readonly lost: readonly Loss[]; readonly undecided: string | null } {
    let undecided: string | null = null;
    for (const delivery of this.#open.values()) {
      if (delivery.excused) continue;
      if (waited(delivery, at) || (halted && delivery.fetched !== null)) this.#unanswered(delivery, at);
      else if (delivery.fetched !== null) undecided = `${quoted(delivery.text)} is not answered yet`;
    }
    return { lost: this.lost, undecided };
  }

  #injection(fact: AccessFact, channel: number): void {
    const isExcused = excused('noLostEvent', fact);
    if (isExcused) this.#triggered.add(channel);
    const { fault } = fact;
    if (fault?.kind === 'stall') this.#stalled.set(channel, fact.at + (fault.for ?? 0));
    const delivery = this.#open.get(channel);
    if (delivery === undefined) return;
    delivery.baseline = Math.max(fact.at, this.#stalled.get(channel) ?? 0);
    delivery.failure = { fact, accesses: this.#context.lastAccesses() };
    if (!isExcused) return;
    delivery.excused = true;
    this.#deliverer.gone(channel);
  }

  #unanswered({ text, posted, fetched }: Delivery, now: number): void {
    const how = fetched === null ? 'not fetched' : `fetched at ${formatSeconds(fetched)}s and not answered`;
    this.lost.push({
      title: `a request is never answered: ${quoted(text)}`,
      explanation: `The host offered it at ${formatSeconds(posted)}s; until ${formatSeconds(now)}s it was ${how}`,
      accesses: [],
    });
  }

  #closed({ text, fetched, failure, excused: wasExcused }: Delivery): void {
    if (fetched === null || wasExcused) return;
    if (text === RESET && this.#context.host.resetAcrossReopen === 'carry') return;
    const why =
      failure === null
        ? `The guest fetched it at ${formatSeconds(fetched)}s and closed a channel that served, without an answer`
        : `${whatFailed(failure, `the answer to ${quoted(text)}`)}, and closed the channel`;
    this.lost.push({
      title: `a request is closed away unanswered: ${quoted(text)}`,
      explanation: why,
      accesses: failure?.accesses ?? this.#context.lastAccesses(),
    });
  }

  #notAsked({ at, text, unfetched }: Unasked): void {
    if (!askedUnder('noLostEvent', 'unsolicitedReply', this.#context.host)) return;
    const asked = unfetched === null ? '' : quoted(unfetched.text);
    const why =
      unfetched?.failure == null
        ? `At ${formatSeconds(at)}s nothing was fetched and unanswered on the channel: each request gets exactly one answer`
        : `${whatFailed(unfetched.failure, asked)}, and answered what it had not been given`;
    this.lost.push({
      title: `the guest answers what nobody asked: ${quoted(text)}`,
      explanation: why,
      accesses: this.#context.lastAccesses(),
    });
  }
}

const newDelivery = (text: string, posted: number, stalled: number): Delivery => ({
  text,
  posted,
  fetched: null,
  baseline: Math.max(posted, stalled),
  excused: false,
  failure: null,
});

const waited = ({ baseline, excused: isExcused }: Delivery, now: number): boolean =>
  !isExcused && now - baseline >= GRACE;
