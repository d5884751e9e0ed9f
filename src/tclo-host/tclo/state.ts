import type { Seen } from '../../state.ts';
import type { Channel } from '../channel/channel.ts';
import { TOOLBOX } from './messages.ts';

/** One message that waits to be posted on TCLO. */
export interface TcloRequest {
  readonly text: string;
  /** A host event's message: it survives the loss of its channel. The next session posts its own messages anew. */
  readonly event: boolean;
}

/** Where the session of one TCLO channel stands. Times are virtual nanoseconds, `Infinity` when nothing is due. */
export interface TcloState {
  /** Which TCLO channel this is since power-on; the newest serves. */
  serial: number;
  /** Name that the guest registered by "OK ATR name". */
  app: string | null;
  /** The guest has sent its first message (or the option says not to wait for it). */
  asked: boolean;
  /** The reset that opens the session has been queued. */
  resetQueued: boolean;
  /** The reset was answered: other messages may be posted. */
  greeted: boolean;
  /** Queued, first to be posted first. */
  queue: TcloRequest[];
  /** Offered to the guest and not fetched yet. */
  posted: TcloRequest | null;
  /** Fetched and not answered yet: at most one. */
  outstanding: TcloRequest | null;
  /** When the message posted or outstanding times out. */
  replyDue: number;
  /** When a rejected reply breaks the channel. */
  breakDue: number;
  /** When the next ping is posted. */
  pingDue: number;
  /** A glitch is armed: which send is refused before a "reset" is posted. */
  refuseNext: 'none' | 'any' | 'empty';
}

export const newTcloState = (serial: number): TcloState => ({
  serial,
  app: null,
  asked: false,
  resetQueued: false,
  greeted: false,
  queue: [],
  posted: null,
  outstanding: null,
  replyDue: Number.POSITIVE_INFINITY,
  breakDue: Number.POSITIVE_INFINITY,
  pingDue: Number.POSITIVE_INFINITY,
  refuseNext: 'none',
});

/** The state that outlives the channels: plain data. */
export interface TcloSessionState {
  opens: number;
  replies: string[];
  /** Messages of events that no channel could take. */
  waiting: TcloRequest[];
  /** A reset was fetched on a channel that is gone, and not answered. */
  resetCarried: boolean;
  /** The last reset posted has been answered. */
  resetAnswered: boolean;
  poweredOn: boolean;
  /** OS_Resume follows the next greeting. */
  resumePending: boolean;
  /** When the session next does something by itself: what its channels say. */
  due: number;
}

export const newSessionState = (): TcloSessionState => ({
  opens: 0,
  replies: [],
  waiting: [],
  resetCarried: false,
  resetAnswered: false,
  poweredOn: false,
  resumePending: false,
  due: Number.POSITIVE_INFINITY,
});

/** Messages that wait to be posted, over all channels, at most. */
export const MOST_WAITING = 64;

type Slots = Seen<(Channel | null)[]>;

const serves = <C extends Seen<Channel>>(channel: C | null): channel is C & { tclo: NonNullable<C['tclo']> } =>
  channel !== null && channel.tclo !== null && !channel.broken;

/** The channel that gets what events send: the newest of the toolbox's, else the newest that has no name yet. */
export function servingChannel(slots: readonly (Channel | null)[]): Channel | null {
  const candidates = slots
    .filter((channel) => serves(channel))
    .filter(({ tclo }) => tclo.app === null || tclo.app === TOOLBOX);
  const named = candidates.filter(({ tclo }) => tclo.app === TOOLBOX);
  const [first, ...rest] = named.length > 0 ? named : candidates;
  if (first === undefined) return null;
  return rest.reduce((best, other) => (other.tclo.serial > best.tclo.serial ? other : best), first);
}

/** The earliest deadline of all channels. */
export function earliestDue(slots: Slots): number {
  let due = Number.POSITIVE_INFINITY;
  for (const channel of slots) {
    if (serves(channel)) due = Math.min(due, channel.tclo.replyDue, channel.tclo.breakDue, channel.tclo.pingDue);
  }
  return due;
}

export const queuedCount = (slots: Slots): number =>
  slots.reduce((count, channel) => count + (channel?.tclo?.queue.length ?? 0), 0);

/** Queues one of the session's own messages, unless it waits already. */
export function queueOnce(tclo: TcloState, text: string): void {
  if (!tclo.queue.some((request) => request.text === text)) tclo.queue.push({ text, event: false });
}
