import { MESSAGE_STATUS_SUCCESS, type MessageCall } from '../../protocol/index.ts';
import type { ActiveFault } from '../faults.ts';
import { type Channel, take, takeIncoming } from './channel.ts';
import { checkpointed, type MessageContext, protocolError } from './message.ts';

/** Whether the call is made on a channel that serves, by a guest that says it is well. */
function serves(
  context: MessageContext,
  channel: Channel | null,
  { status }: MessageCall,
  fault: ActiveFault | null,
): channel is Channel {
  if (channel === null || channel.broken) return false;
  if (!context.highBandwidth || fault?.row.hidesHighBandwidth === true) return false;
  // ASSUMED: without the guest's own SUCCESS in the high half nothing is transferred; every known guest sets it.
  return (status & MESSAGE_STATUS_SUCCESS) !== 0;
}

/** `rep outsb` to port 0x5659: bytes from the guest. Returns the status word. */
export function sendHigh(
  context: MessageContext,
  channel: Channel | null,
  call: MessageCall,
  fault: ActiveFault | null,
): number {
  if (!serves(context, channel, call, fault)) return 0;
  if (channel.checkpointPending) return checkpointed(channel);
  const { data } = call;
  const left = channel.incomingSize - channel.incomingAt;
  // A part is taken (a page fault cuts a transfer in two); more than was announced is not.
  if (left <= 0 || data.length > left || channel.bandwidth === 'low') return protocolError(context, channel);
  channel.bandwidth = 'high';
  if (fault?.row.payload !== undefined) {
    take(channel, fault.row.payload(data, fault.random, fault.bytes));
    if (data.length === left) context.sink.received(channel, takeIncoming(channel));
  } else if (take(channel, data)) {
    context.sink.received(channel, takeIncoming(channel));
  }
  return MESSAGE_STATUS_SUCCESS;
}

/**
 * `rep insb` from port 0x5659: bytes for the guest. A number is the status word of a refusal. The bytes belong to
 * the host and are only to be read.
 */
export function receiveHigh(
  context: MessageContext,
  channel: Channel | null,
  call: MessageCall,
  fault: ActiveFault | null,
): Uint8Array | number {
  if (!serves(context, channel, call, fault)) return 0;
  if (channel.checkpointPending) return checkpointed(channel);
  const message = channel.outgoing;
  if (message === null || !channel.sized || channel.bandwidth === 'low') return protocolError(context, channel);
  const at = channel.outgoingAt;
  const count = call.length;
  if (at >= message.length && !channel.oversize) return protocolError(context, channel);
  channel.bandwidth = 'high';
  channel.outgoingAt = Math.min(at + count, channel.oversize ? Number.MAX_SAFE_INTEGER : message.length);
  if (channel.oversize) return filled(context, message.subarray(at, at + count), at, count);
  const whole = at === 0 && count >= message.length;
  const bytes = whole ? message : message.subarray(at, at + count);
  return fault?.row.payload === undefined ? bytes : fault.row.payload(bytes, fault.random, fault.bytes);
}

/** At most this many made-up bytes a call: 16 times the longest message a guest may send. */
const MOST_FILL = 1 << 20;

/** `bytes` from `start` of a message on, and what lies behind it. */
function filled(context: MessageContext, bytes: Uint8Array, start: number, count: number): Uint8Array {
  const all = new Uint8Array(Math.max(bytes.length, Math.min(count, MOST_FILL)));
  all.set(bytes);
  for (let at = bytes.length; at < all.length; at += 1) all[at] = context.filler(start + at) & 0xff;
  return all;
}
