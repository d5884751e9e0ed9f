import { textOf } from '../../protocol/index.ts';
import type { Channel } from '../channel/channel.ts';
import type { Channels } from '../channel/channels.ts';
import type { HostServices } from '../host-event.ts';
import type { HostOptions } from '../options.ts';
import { record } from '../report.ts';
import * as m from './messages.ts';
import { mayOpenTclo, NO_CHANNEL, ownerOf, settleOwners } from './owner.ts';
import { RESET, TcloPoster } from './poster.ts';
import {
  MOST_WAITING,
  newSessionState,
  newTcloState,
  queuedCount,
  queueOnce,
  servingChannel,
  type TcloRequest,
  type TcloSessionState,
  type TcloState,
} from './state.ts';

/** The host's side of TCLO: posts one message at a time, takes the answers, keeps the session. */
export class TcloSession {
  state: TcloSessionState = newSessionState();
  /** Told of every answer that was taken. */
  onAnswer: ((request: string, verdict: m.ReplyVerdict) => void) | null = null;
  readonly #options: HostOptions;
  readonly #toolsOptions: readonly string[];
  readonly #channels: Channels;
  readonly #hostServices: HostServices;
  readonly #poster: TcloPoster;

  constructor(options: HostOptions, toolsOptions: readonly string[], channels: Channels, hostServices: HostServices) {
    this.#options = options;
    this.#toolsOptions = toolsOptions;
    this.#channels = channels;
    this.#hostServices = hostServices;
    this.#poster = new TcloPoster(options, channels, hostServices, (text) => {
      if (text === m.TCLO_RESET) this.state.resetAnswered = false;
    });
  }

  /** When the session next does something by itself. */
  get due(): number {
    return this.#poster.due;
  }

  opened(channel: Channel): void {
    this.state.opens += 1;
    channel.tclo = newTcloState(this.state.opens);
    if (this.#options.firstPost === 'atOpen') this.#greet(channel, channel.tclo);
  }

  /** The guest announces a message. An armed glitch refuses it and posts a "reset". */
  announced(channel: Channel, size: number): boolean {
    const tclo = channel.tclo;
    if (tclo === null || tclo.refuseNext === 'none' || (tclo.refuseNext === 'empty' && size > 0)) return true;
    tclo.refuseNext = 'none';
    if (size > 0) this.#poster.settle(tclo);
    this.#hostServices.notify('log', `GuestMsg: Channel ${channel.id}, message refused`, channel.id);
    tclo.asked = true;
    this.#poster.reset(channel, tclo);
    return false;
  }

  received(channel: Channel, bytes: Uint8Array): void {
    const tclo = channel.tclo;
    if (tclo === null) return;
    if (bytes.length === 0) {
      if (!tclo.asked) this.#greet(channel, tclo);
      return;
    }
    const text = textOf(bytes);
    record(this.state.replies, text);
    const carried = this.state.resetCarried && !tclo.greeted && m.registeredApp(text) !== null;
    const request = tclo.outstanding ?? (carried ? RESET : null);
    this.#hostServices.notify('reply', text, channel.id, request?.text);
    if (request === null) {
      this.#unsolicited(channel, tclo, text);
      return;
    }
    if (tclo.outstanding === null) {
      tclo.asked = true;
      tclo.resetQueued = true;
    }
    this.#answered(channel, tclo, request, text);
  }

  /** The posted message left the channel: it is being answered now, or the guest threw it away. */
  fetched(channel: Channel, accepted: boolean): void {
    const tclo = channel.tclo;
    if (tclo === null || tclo.posted === null) return;
    const request = tclo.posted;
    tclo.posted = null;
    if (accepted) {
      tclo.outstanding = request;
      if (request.text === m.TCLO_RESET) this.state.resetCarried = false;
      return;
    }
    this.#hostServices.notify('log', `"${request.text}" was not taken by the guest`, channel.id);
    this.#poster.settle(tclo);
    if (request.text === m.TCLO_RESET && !tclo.greeted) {
      // Nothing can be posted before a greeting: the next empty send asks for it again.
      tclo.asked = false;
      tclo.resetQueued = false;
    }
    this.#poster.pump(channel, tclo);
  }

  /** The channel closes or breaks: what was never fetched waits for the next one, if an event asked for it. */
  lost(channel: Channel): void {
    const tclo = channel.tclo;
    if (tclo === null) return;
    if (tclo.outstanding?.text === m.TCLO_RESET && this.#options.resetAcrossReopen === 'carry') {
      this.state.resetCarried = true;
    }
    const unfetched = tclo.posted === null ? tclo.queue : [tclo.posted, ...tclo.queue];
    this.state.waiting.unshift(...unfetched.filter((request) => request.event));
    channel.tclo = { ...newTcloState(tclo.serial), app: tclo.app };
    this.#poster.schedule();
  }

  /** The channel that gets what events send. */
  target(): Channel | null {
    return servingChannel(this.#channels.slots);
  }

  /** Posts a text when its turn comes. False when too many wait already. */
  request(text: string): boolean {
    if (this.state.waiting.length + queuedCount(this.#channels.slots) >= MOST_WAITING) return false;
    const request = { text, event: true };
    const channel = this.target();
    const tclo = channel?.tclo ?? null;
    if (channel === null || tclo === null) this.state.waiting.push(request);
    else {
      tclo.queue.push(request);
      this.#poster.pump(channel, tclo);
    }
    return true;
  }

  /** Posts "reset" before everything that waits. False without a greeted channel: its greeting will be that reset. */
  reset(): boolean {
    const channel = this.target();
    if (channel?.tclo?.greeted !== true) return false;
    this.#poster.reset(channel, channel.tclo);
    return true;
  }

  /** Takes back what was not posted yet. */
  withdraw(text: string): void {
    const others = (request: TcloRequest): boolean => request.text !== text;
    this.state.waiting = this.state.waiting.filter(others);
    for (const channel of this.#channels.slots) {
      if (channel !== null && channel.tclo !== null) channel.tclo.queue = channel.tclo.queue.filter(others);
    }
  }

  /** Arms the glitch. False when there is no channel. */
  glitch(): boolean {
    const tclo = this.target()?.tclo ?? null;
    if (tclo !== null) tclo.refuseNext = 'any';
    return tclo !== null;
  }

  /** Another program takes the toolbox for itself, by the rule of two owners, and goes. False: it cannot open. */
  rival(): boolean {
    if (!mayOpenTclo(this.#options.secondOwner, this.#channels.slots, this.#hostServices)) return false;
    const channel = this.#channels.add('tclo', true);
    const tclo = channel?.tclo ?? null;
    if (channel === null || tclo === null) return false;
    this.#register(channel, tclo, m.TOOLBOX);
    this.#channels.free(channel);
    return true;
  }

  /** Does what is due at `now` on every channel. */
  run(now: number): void {
    for (const channel of this.#channels.slots) {
      if (channel === null || channel.tclo === null || channel.broken) continue;
      const tclo = channel.tclo;
      if (tclo.breakDue <= now) this.#channels.break(channel, 'its answer was rejected');
      else if (tclo.replyDue <= now) {
        const app = tclo.app ?? m.TOOLBOX;
        this.#hostServices.notify('log', `GuestRpcSendTimedOut: message to ${app} timed out.`, channel.id);
        this.#channels.break(channel, 'no answer in time');
      } else if (tclo.pingDue <= now) {
        tclo.queue.push({ text: m.TCLO_PING, event: false });
        this.#poster.pump(channel, tclo);
      }
    }
    this.#poster.schedule();
  }

  #answered(channel: Channel, tclo: TcloState, request: TcloRequest, text: string): void {
    this.#poster.settle(tclo);
    const verdict = m.judge(text);
    if (verdict === 'malformed' || (verdict === 'addressError' && this.#options.addressError === 'break')) {
      this.#hostServices.notify('log', `GuestRpc: Channel ${channel.id}, reply "${text}" rejected`, channel.id);
      tclo.breakDue = this.#hostServices.time() + m.REJECTION_DELAY;
      this.#poster.schedule();
      return;
    }
    this.onAnswer?.(request.text, verdict);
    if (request.text === m.TCLO_POWER_ON) this.state.poweredOn = true;
    if (request.text === m.TCLO_RESET && verdict === 'ok') {
      if (!this.#register(channel, tclo, m.registeredApp(text))) return;
      this.#begin(tclo);
    }
    this.#poster.pump(channel, tclo);
  }

  /** A message from the guest that answers nothing. */
  #unsolicited(channel: Channel, tclo: TcloState, text: string): void {
    this.#hostServices.notify('log', `GuestMsg: Channel ${channel.id}, unsolicited reply "${text}"`, channel.id);
    if (this.#options.unsolicitedReply === 'break') this.#channels.break(channel, 'unsolicited reply');
    if (this.#options.unsolicitedReply !== 'glitch') return;
    // The fault of `tclo.glitch` again, except that only an empty send is refused: what the host now posts for the
    // application that named itself is still answered.
    tclo.refuseNext = 'empty';
    const app = m.registeredApp(text);
    if (app === null) return;
    tclo.asked = true;
    if (!this.#register(channel, tclo, app)) return;
    this.#resume(tclo);
    this.#poster.pump(channel, tclo);
  }

  /** An application is behind the channel. False: the channel broke, since another serves the same application. */
  #register(channel: Channel, tclo: TcloState, app: string | null): boolean {
    tclo.greeted = true;
    this.state.resetCarried = false;
    this.state.resetAnswered = true;
    if (app === null || app === tclo.app) return true;
    const { id } = channel;
    const older = ownerOf(this.#channels.slots, app, channel);
    if (older !== null) {
      this.#hostServices.notify('log', `GuestRpc: application ${app} has channel ${older.id}, there can only be 1`, id);
      if (!settleOwners(this.#options.secondOwner, this.#channels, channel, older)) return false;
    }
    tclo.app = app;
    const before = older?.id ?? NO_CHANNEL;
    this.#hostServices.notify('log', `GuestRpc: application ${app}, changing channel ${before} -> ${id}`, id);
    this.#hostServices.notify('log', `GuestRpc: Channel ${id}, guest application ${app}.`, id);
    return true;
  }

  /** What a session says after its greeting. */
  #begin(tclo: TcloState): void {
    const toolbox = tclo.app === null || tclo.app === m.TOOLBOX;
    if (this.#options.session === 'full') {
      const { poweredOn } = this.state;
      for (const text of m.openingMessages(toolbox, poweredOn, this.#toolsOptions)) queueOnce(tclo, text);
    }
    if (!toolbox) return;
    this.#resume(tclo);
    tclo.queue.push(...this.state.waiting);
    this.state.waiting = [];
  }

  #resume(tclo: TcloState): void {
    if (this.state.resumePending) tclo.queue.push({ text: m.TCLO_RESUME, event: true });
    this.state.resumePending = false;
  }

  #greet(channel: Channel, tclo: TcloState): void {
    tclo.asked = true;
    if (!tclo.resetQueued && !tclo.greeted) this.#poster.reset(channel, tclo);
    else this.#poster.pump(channel, tclo);
  }

  snapshot(): TcloSessionState {
    return { ...this.state, replies: this.state.replies.slice(), waiting: this.state.waiting.slice() };
  }

  restore(state: TcloSessionState): void {
    this.state = { ...state, replies: [...state.replies], waiting: [...state.waiting] };
    this.#poster.schedule();
  }
}
