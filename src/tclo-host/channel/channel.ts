import type { Protocol } from '../../protocol/index.ts';
import type { TcloState } from './tclo-state.ts';

/** How the bytes of the transfer under way travel; a message goes one way or the other, never by both. */
export type Bandwidth = 'low' | 'high' | null;

/** Numbers in the log's "Protocol error, state: N". ASSUMED: only 0, idle, is known from a real log. */
export type TransferState = 0 | 1 | 2 | 3;

/** One message channel, two buffers and the place in each: plain data. */
export interface Channel {
  id: number;
  protocol: Protocol;
  /** Whether the guest asked for cookies (GUESTMSG_FLAG_COOKIE); without, none are compared. iPXE leaves garbage. */
  checked: boolean;
  cookieHigh: number;
  cookieLow: number;
  /** Refuses everything until CLOSE. */
  broken: boolean;
  /** The next payload step answers the checkpoint status, once. */
  checkpointPending: boolean;
  /** Until this time, in nanoseconds, RECVSIZE tells of no message. */
  stalledUntil: number;
  /** Bytes that the guest announced by SENDSIZE; -1 when it announced none. */
  incomingSize: number;
  /** Written to as it fills. */
  incoming: Uint8Array | null;
  incomingAt: number;
  /** The message posted to the guest. Never written to after it was posted. */
  outgoing: Uint8Array | null;
  outgoingAt: number;
  /** The guest has asked for the size of `outgoing`, so its bytes may be fetched. */
  sized: boolean;
  /** RECVSIZE lied by fault: a receive fills whatever was asked. */
  oversize: boolean;
  bandwidth: Bandwidth;
  /** Text of the RPCI request last sent. */
  command: string | null;
  /** TCLO only. */
  tclo: TcloState | null;
}

/** Whether a call with these cookies is the channel's own. */
export const accepts = (
  channel: Pick<Channel, 'checked' | 'cookieHigh' | 'cookieLow'>,
  cookieHigh: number,
  cookieLow: number,
): boolean => !channel.checked || (channel.cookieHigh === cookieHigh && channel.cookieLow === cookieLow);

export const newChannel = (
  id: number,
  protocol: Protocol,
  checked: boolean,
  cookieHigh: number,
  cookieLow: number,
): Channel => ({
  id,
  protocol,
  checked,
  cookieHigh,
  cookieLow,
  broken: false,
  checkpointPending: false,
  stalledUntil: 0,
  incomingSize: -1,
  incoming: null,
  incomingAt: 0,
  outgoing: null,
  outgoingAt: 0,
  sized: false,
  oversize: false,
  bandwidth: null,
  command: null,
  tclo: null,
});

/** SENDSIZE: a transfer from the guest starts, whatever was under way before. */
export function announce(channel: Channel, size: number): void {
  channel.incomingSize = size;
  channel.incoming = null;
  channel.incomingAt = 0;
  channel.sized = false;
  channel.bandwidth = null;
}

/** Takes bytes at the place reached. True when the announced size is now complete. */
export function take(channel: Channel, bytes: Uint8Array): boolean {
  if (channel.incomingAt === 0 && bytes.length === channel.incomingSize) {
    channel.incoming = new Uint8Array(bytes);
  } else {
    channel.incoming ??= new Uint8Array(channel.incomingSize);
    channel.incoming.set(bytes, channel.incomingAt);
  }
  channel.incomingAt += bytes.length;
  return channel.incomingAt === channel.incomingSize;
}

/** The incoming message, which is thereby over. */
export function takeIncoming(channel: Channel): Uint8Array {
  const bytes = channel.incoming ?? new Uint8Array(0);
  const end = channel.incomingAt;
  dropIncoming(channel);
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}

export function dropIncoming(channel: Channel): void {
  channel.incomingSize = -1;
  channel.incoming = null;
  channel.incomingAt = 0;
}

/** Puts a message up for the guest, in the place of one it has not fetched. */
export function post(channel: Channel, bytes: Uint8Array): void {
  channel.outgoing = bytes;
  channel.outgoingAt = 0;
  channel.sized = false;
  channel.oversize = false;
}

/** RECVSIZE: the message is offered from its first byte, and again until RECVSTATUS. */
export function offer(channel: Channel): void {
  channel.outgoingAt = 0;
  channel.sized = true;
  channel.oversize = false;
  channel.bandwidth = null;
}

export function dropOutgoing(channel: Channel): void {
  channel.outgoing = null;
  channel.outgoingAt = 0;
  channel.sized = false;
  channel.oversize = false;
}

/** A checkpoint came: what the guest had sent in part is lost, what it was fetching starts again. */
export function rewind(channel: Channel): void {
  channel.checkpointPending = false;
  dropIncoming(channel);
  channel.outgoingAt = 0;
  channel.bandwidth = null;
}

/** From now on everything but CLOSE is refused. */
export function breakChannel(channel: Channel): void {
  channel.broken = true;
  channel.checkpointPending = false;
  dropIncoming(channel);
  dropOutgoing(channel);
}

/** Whether a message is half transferred, or posted and unread: what a checkpoint hits. */
export const isUnderWay = ({ incomingSize, outgoing }: Channel): boolean => incomingSize > 0 || outgoing !== null;

export function transferState({ incomingSize, outgoing, sized }: Channel): TransferState {
  if (incomingSize > 0) return 1;
  if (outgoing === null) return 0;
  return sized ? 3 : 2;
}
