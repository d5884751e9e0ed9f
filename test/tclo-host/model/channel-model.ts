/**
 * What a guest must see of the message channels, written down a second time and simply: no buffers, no session, no
 * events' machinery. It stands for a host with `session=resetOnly`, `resetAcrossReopen=drop` and time that stands
 * still. Statuses are the whole words: 0 refused, 0x01 done, 0x10 checkpoint.
 */

export interface Answer {
  readonly status: number;
  /** EBX of a low-bandwidth step that returns one. */
  readonly ebx?: number;
  /** High half of EDX of a step that returns one. */
  readonly edx?: number;
  /** What a high-bandwidth receive brings. */
  readonly bytes?: readonly number[] | null;
}

export const SLOTS = 4;
const REFUSED: Answer = { status: 0 };
const DONE: Answer = { status: 0x01 };
const CHECKPOINT: Answer = { status: 0x10 };
const SIZE_DONE = 0x81;
const SIZE_WAITING = 0x83;
const LONGEST = 65536;

interface ModelChannel {
  readonly protocol: 'rpci' | 'tclo';
  readonly checked: boolean;
  readonly age: number;
  broken: boolean;
  injected: boolean;
  /** The message on its way in; null when none was announced. */
  incoming: { readonly size: number; readonly bytes: number[] } | null;
  outgoing: readonly number[] | null;
  read: number;
  sized: boolean;
  way: 'low' | 'high' | null;
  // TCLO only.
  app: string | null;
  asked: boolean;
  greeted: boolean;
  resetQueued: boolean;
  resetWaits: boolean;
  posted: boolean;
  answering: boolean;
  rejected: boolean;
}

const textOf = (bytes: readonly number[]): string => {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.slice(0, end)));
};
const bytesOf = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));

export class ChannelModel {
  readonly channels: (ModelChannel | null)[] = Array<ModelChannel | null>(SLOTS).fill(null);
  #ages = 0;

  /** The slot of the new channel, or null. */
  open(protocol: 'rpci' | 'tclo' | 'other', checked: boolean): number | null {
    const slot = this.channels.indexOf(null);
    if (protocol === 'other' || slot < 0) return null;
    this.#ages += 1;
    this.channels[slot] = {
      ...{
        protocol,
        checked,
        age: this.#ages,
        broken: false,
        injected: false,
        incoming: null,
        outgoing: null,
        read: 0,
      },
      ...{ sized: false, way: null, app: null, asked: false, greeted: false, resetQueued: false, resetWaits: false },
      ...{ posted: false, answering: false, rejected: false },
    };
    return slot;
  }

  sendSize(slot: number, cookie: boolean, size: number): Answer {
    const channel = this.#serving(slot, cookie);
    if (channel === null || size > LONGEST) return REFUSED;
    if (channel.protocol === 'rpci') channel.outgoing = null;
    channel.incoming = size === 0 ? null : { size, bytes: [] };
    channel.sized = false;
    channel.way = null;
    if (size === 0) this.#emptyMessage(channel);
    return { status: SIZE_DONE };
  }

  send(slot: number, cookie: boolean, way: 'low' | 'high', bytes: readonly number[]): Answer {
    const channel = this.#serving(slot, cookie);
    if (channel === null) return REFUSED;
    if (channel.injected) return this.#checkpointed(channel);
    const { incoming } = channel;
    if (incoming === null || (channel.way !== null && channel.way !== way)) return REFUSED;
    const left = incoming.size - incoming.bytes.length;
    if (way === 'high' && bytes.length > left) return REFUSED;
    channel.way = way;
    incoming.bytes.push(...bytes.slice(0, left));
    if (incoming.bytes.length < incoming.size) return DONE;
    channel.incoming = null;
    this.#message(channel, textOf(incoming.bytes));
    return DONE;
  }

  receiveSize(slot: number, cookie: boolean): Answer {
    const channel = this.#serving(slot, cookie);
    if (channel === null) return REFUSED;
    channel.incoming = null;
    if (channel.outgoing === null) return { status: SIZE_DONE, ebx: 0, edx: 0 };
    channel.read = 0;
    channel.sized = true;
    channel.way = null;
    return { status: SIZE_WAITING, ebx: channel.outgoing.length, edx: 1 };
  }

  receiveWord(slot: number, cookie: boolean, well: boolean): Answer {
    const channel = this.#serving(slot, cookie);
    if (channel === null) return REFUSED;
    if (channel.injected) return this.#checkpointed(channel);
    const { outgoing, read } = channel;
    if (outgoing === null || !channel.sized || channel.way === 'high') return REFUSED;
    if (!well) {
      this.#fetched(channel, false);
      return DONE;
    }
    if (read >= outgoing.length) return REFUSED;
    channel.way = 'low';
    channel.read = read + 4;
    const word = [0, 1, 2, 3].reduce((sum, at) => sum + (outgoing[read + at] ?? 0) * 256 ** at, 0);
    return { ...DONE, ebx: word, edx: 2 };
  }

  receiveHigh(slot: number, cookie: boolean, count: number): Answer {
    const channel = this.#serving(slot, cookie);
    if (channel === null) return { ...REFUSED, bytes: null };
    if (channel.injected) return { ...this.#checkpointed(channel), bytes: null };
    const { outgoing, read } = channel;
    const possible = outgoing !== null && channel.sized && channel.way !== 'low' && read < outgoing.length;
    if (!possible) return { ...REFUSED, bytes: null };
    channel.way = 'high';
    channel.read = Math.min(read + count, outgoing.length);
    return { ...DONE, bytes: outgoing.slice(read, read + count) };
  }

  receiveStatus(slot: number, cookie: boolean, accepted: boolean): Answer {
    const channel = this.#serving(slot, cookie);
    if (channel === null) return REFUSED;
    if (channel.injected) return this.#checkpointed(channel);
    if (channel.outgoing === null || !channel.sized) return REFUSED;
    this.#fetched(channel, accepted);
    return DONE;
  }

  close(slot: number, cookie: boolean): Answer {
    const channel = this.channels[slot] ?? null;
    if (channel === null || (channel.checked && !cookie)) return REFUSED;
    this.channels[slot] = null;
    return DONE;
  }

  /** The host takes a checkpoint: what is half done is struck, then the toolbox is reset. */
  checkpoint(): void {
    for (const channel of this.channels) {
      if (channel !== null && !channel.broken)
        channel.injected ||= channel.incoming !== null || channel.outgoing !== null;
    }
    const target = this.#toolbox();
    if (!target?.greeted) return;
    target.resetWaits = !target.posted;
    this.#post(target);
  }

  breakTclo(): void {
    const target = this.#toolbox();
    if (target !== null) this.#break(target);
  }

  #serving(slot: number, cookie: boolean): ModelChannel | null {
    const channel = this.channels[slot] ?? null;
    return channel === null || channel.broken || (channel.checked && !cookie) ? null : channel;
  }

  #checkpointed(channel: ModelChannel): Answer {
    Object.assign(channel, { injected: false, incoming: null, read: 0, way: null });
    return CHECKPOINT;
  }

  #break(channel: ModelChannel): void {
    Object.assign(channel, { broken: true, injected: false, incoming: null, outgoing: null });
  }

  /** The channel that hears of events: the newest one of the toolbox, or else the newest without a name. */
  #toolbox(): ModelChannel | null {
    const tclo = this.channels.filter((channel) => channel?.protocol === 'tclo' && !channel.broken);
    const named = tclo.filter((channel) => channel?.app === 'toolbox');
    const from = named.length > 0 ? named : tclo.filter((channel) => channel?.app === null);
    return from.reduce<ModelChannel | null>(
      (best, channel) => (best === null || (channel?.age ?? 0) > best.age ? channel : best),
      null,
    );
  }

  #emptyMessage(channel: ModelChannel): void {
    if (channel.protocol === 'rpci' || channel.asked) return;
    channel.asked = true;
    if (!channel.greeted && !channel.resetQueued) channel.resetWaits = true;
    channel.resetQueued = true;
    this.#post(channel);
  }

  #message(channel: ModelChannel, text: string): void {
    if (channel.protocol === 'rpci') {
      channel.outgoing = bytesOf(text.split(' ')[0] === 'log' ? '1 ' : '0 Unknown command');
      channel.read = 0;
      channel.sized = false;
    } else if (!channel.answering) this.#break(channel);
    else {
      channel.answering = false;
      if (text.startsWith('OK ')) this.#greeted(channel, /^OK ATR (\S+)/.exec(text)?.[1] ?? null);
      else if (!text.startsWith('ERROR ')) channel.rejected = true;
      this.#post(channel);
    }
  }

  #greeted(channel: ModelChannel, app: string | null): void {
    channel.greeted = true;
    if (app === null || app === channel.app) return;
    for (const other of this.channels) {
      if (other !== null && other !== channel && other.app === app && !other.broken) this.#break(other);
    }
    channel.app = app;
  }

  #fetched(channel: ModelChannel, accepted: boolean): void {
    channel.outgoing = null;
    channel.sized = false;
    if (!channel.posted) return;
    channel.posted = false;
    channel.answering = accepted;
    if (!accepted && !channel.greeted) {
      channel.asked = false;
      channel.resetQueued = false;
    }
    if (!accepted) this.#post(channel);
  }

  /** "reset" goes up when it waits and nothing else is under way. */
  #post(channel: ModelChannel): void {
    const busy = channel.posted || channel.answering || channel.rejected || channel.broken;
    if (busy || !channel.resetWaits || !channel.asked) return;
    Object.assign(channel, { resetWaits: false, posted: true, outgoing: bytesOf('reset'), read: 0, sized: false });
  }
}
