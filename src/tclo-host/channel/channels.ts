import type { Protocol } from '../../protocol/index.ts';
import type { Random } from '../../random.ts';
import type { Seen, StateCell, States } from '../../state.ts';
import type { ChannelKeeper } from '../faults.ts';
import type { HostServices } from '../host-event.ts';
import type { HostOptions } from '../options.ts';
import {
  accepts,
  breakChannel,
  type Channel,
  dropIncoming,
  dropOutgoing,
  isUnderWay,
  newChannel,
  rewind,
} from './channel.ts';

/** Who stands behind the channels: RPCI answers, the TCLO session posts. */
export interface MessageSink {
  /** May a channel of this protocol open? */
  mayOpen(protocol: Protocol): boolean;
  opened(channel: Channel): void;
  /** The guest announced a message. False: refused. */
  announced(channel: Channel, size: number): boolean;
  /** A whole message arrived. */
  received(channel: Channel, bytes: Uint8Array): void;
  /** The posted message left the channel; `accepted`: the guest says that it has it. */
  fetched(channel: Channel, accepted: boolean): void;
  /** The channel is about to go (`closed`) or to break. */
  lost(channel: Channel): void;
}

/** The open channels, in slots; the number of slots bounds what a guest can make the host keep. */
export class Channels implements ChannelKeeper {
  readonly state: StateCell<(Channel | null)[]>;
  readonly #options: HostOptions;
  readonly #hostServices: HostServices;
  readonly #cookies: Readonly<Record<Protocol, Random>>;
  #sink: MessageSink | null = null;

  constructor(
    options: HostOptions,
    cookies: Readonly<Record<Protocol, Random>>,
    hostServices: HostServices,
    states: States,
  ) {
    const slots = new Array<Channel | null>(options.maxChannels).fill(null);
    this.state = states.cell('channels', slots, 'whole');
    this.#options = options;
    this.#cookies = cookies;
    this.#hostServices = hostServices;
  }

  /** Sets where the channels' messages go; called once. */
  serve(sink: MessageSink): void {
    this.#sink = sink;
  }

  /** The slots, for a channel to be changed now. */
  get slots(): (Channel | null)[] {
    return this.state.change;
  }

  /** The slots, to be looked at. */
  get now(): Seen<(Channel | null)[]> {
    return this.state.now;
  }

  get open(): number {
    let open = 0;
    for (const slot of this.now) if (slot !== null) open += 1;
    return open;
  }

  /** A new channel in the lowest free slot; null when all are taken. Both its cookies are never 0. */
  add(protocol: Protocol, checked: boolean): Channel | null {
    const id = this.slots.indexOf(null);
    if (id < 0) {
      this.#hostServices.notify('log', 'GuestMsg: Too many channels opened.');
      return null;
    }
    const cookies = this.#cookies[protocol];
    const channel = newChannel(id, protocol, checked, cookies.nextNonZero(), cookies.nextNonZero());
    this.slots[id] = channel;
    this.#hostServices.notify('open', `${protocol} channel ${id} opened`, id);
    this.#sink?.opened(channel);
    return channel;
  }

  /** The open channel of that number if the cookies are its own, or it was opened without. */
  find(id: number, cookieHigh: number, cookieLow: number): Channel | null {
    const channel = this.slots[id];
    if (channel === null || channel === undefined) return null;
    if (!accepts(channel, cookieHigh, cookieLow)) {
      this.#hostServices.notify('log', `GuestMsg: channel ${id}: wrong cookie, discarding message.`, id);
      return null;
    }
    return channel;
  }

  free(channel: Channel): void {
    if (this.slots[channel.id] !== channel) return;
    this.#sink?.lost(channel);
    this.slots[channel.id] = null;
    this.#hostServices.notify('close', `${channel.protocol} channel ${channel.id} closed`, channel.id);
  }

  break(channel: Channel, why: string): void {
    if (channel.broken || this.slots[channel.id] !== channel) return;
    this.#sink?.lost(channel);
    breakChannel(channel);
    this.#hostServices.notify('broken', `${channel.protocol} channel ${channel.id}: ${why}`, channel.id);
  }

  withdraw(channel: Channel): void {
    dropIncoming(channel);
    if (channel.outgoing === null) return;
    dropOutgoing(channel);
    this.#sink?.fetched(channel, false);
  }

  /** A checkpoint comes with a call on this channel: what it was about is to be done again, or all channels break. */
  interrupt(channel: Channel): void {
    if (this.#options.checkpointMode === 'strict') this.checkpoint();
    else rewind(channel);
  }

  /** A checkpoint: every channel with a message under way answers the checkpoint status once, or all break. */
  checkpoint(): void {
    const strict = this.#options.checkpointMode === 'strict';
    for (const channel of this.slots) {
      if (channel === null || channel.broken) continue;
      if (strict) this.break(channel, 'lost at the checkpoint');
      else if (isUnderWay(channel)) channel.checkpointPending = true;
    }
  }
}
