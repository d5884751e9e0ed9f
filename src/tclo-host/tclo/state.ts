import type { Seen } from '../../state.ts';
import type { Channel } from '../channel/channel.ts';
import type { TcloRequest, TcloState } from '../channel/tclo-state.ts';
import { TOOLBOX } from './messages.ts';

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
