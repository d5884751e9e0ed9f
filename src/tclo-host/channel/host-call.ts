import { type MessageCall, type MessageStep, type Protocol, textOf } from '../../protocol/index.ts';
import type { Seen } from '../../state.ts';
import { accepts, type Channel } from './channel.ts';
import type { Channels } from './channels.ts';

/** A message call with what only the host knows of it, before it is made: faults are matched on it. Plain data. */
export interface HostCall {
  /** Null when the channel is not open, or the cookie is not its own. */
  readonly protocol: Protocol | null;
  readonly step: MessageStep;
  /** Null at OPEN. */
  readonly channel: number | null;
  /** RPCI: the request last sent, or being sent. TCLO: the message posted or being answered. */
  readonly command: string | null;
}

/** Adds the protocol of the channel and the text of the request to a decoded call. */
export function hostCall(channels: Channels, call: MessageCall): HostCall {
  const { step, channel: id, protocol } = call;
  if (id === null) return { protocol, step, channel: null, command: null };
  const channel = channels.now[id] ?? null;
  if (channel === null || !accepts(channel, call.cookieHigh, call.cookieLow)) {
    return { protocol: null, step, channel: id, command: null };
  }
  return { protocol: channel.protocol, step, channel: id, command: requestOf(channel, call) };
}

function requestOf(channel: Seen<Channel>, { step, form, data }: MessageCall): string | null {
  const { tclo } = channel;
  if (tclo !== null) return (tclo.outstanding ?? tclo.posted)?.text ?? null;
  if (step === 'sendsize') return null;
  if (step !== 'send') return channel.command;
  if (form === 'high') return textOf(data);
  return channel.incoming === null ? null : textOf(channel.incoming.subarray(0, channel.incomingAt));
}
