import type { ChannelState } from './channel/channel.ts';
import type { MouseState } from './devices/vmmouse.ts';
import type { WindowState } from './devices/window.ts';
import type { LogEntry } from './log.ts';
import type { RpciState } from './rpci/service.ts';
import type { BackupState } from './tclo/backup.ts';
import type { PowerState } from './tclo/power.ts';
import type { TcloSessionState } from './tclo/state.ts';

/** A whole host as plain data: numbers, strings, booleans, null, Uint8Array, arrays and objects of these. */
export interface HostState {
  /** Of RPCI's and of TCLO's. */
  readonly cookies: readonly [number, number];
  readonly noise: number;
  readonly channels: readonly (ChannelState | null)[];
  readonly session: TcloSessionState;
  readonly power: PowerState;
  readonly backup: BackupState;
  readonly rpci: RpciState;
  readonly window: WindowState;
  readonly mouse: MouseState;
  readonly log: readonly LogEntry[];
  readonly rpciOpens: number;
  readonly rpciCommands: readonly string[];
}

/** What of a host's state decides what it does from now on. */
export type HostFuture = Pick<HostState, 'power' | 'backup' | 'window' | 'mouse'> & {
  readonly channels: readonly (ChannelState | null)[];
  readonly store: RpciState['store'];
  readonly session: Omit<TcloSessionState, 'replies' | 'opens'>;
};

/**
 * What decides all that a host does from `now` on. Its past, what it was told and has told, is not in it; nor is what
 * is drawn next of cookies and noise: to a guest one cookie is as good as another.
 */
export function futureOf(state: HostState, now: number): HostFuture {
  const { power, backup, rpci, window, mouse } = state;
  const { replies, opens, ...session } = state.session;
  const serials = state.channels.map((channel) => channel?.tclo?.serial ?? 0).sort((a, b) => a - b);
  const channels = state.channels.map((channel) => (channel === null ? null : settledChannel(channel, now, serials)));
  return { channels, power, backup, store: rpci.store, window, mouse, session };
}

/**
 * A stall that is over is none. What a guest knows of an RPCI channel's cookie it has in its own memory; of a request
 * that is over only the name is left, which no answer depends on.
 */
function settledChannel(channel: ChannelState, now: number, serials: readonly number[]): ChannelState {
  const stalledUntil = channel.stalledUntil > now ? channel.stalledUntil : 0;
  const { tclo } = channel;
  // Of TCLO's channels counts which is newer.
  if (tclo !== null) return { ...channel, stalledUntil, tclo: { ...tclo, serial: serials.indexOf(tclo.serial) } };
  const over = channel.incoming === null && channel.outgoing === null;
  const command = over ? null : channel.command;
  return { ...channel, stalledUntil, cookieHigh: 0, cookieLow: 0, command };
}
