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
export type HostFuture = Pick<HostState, 'channels' | 'power' | 'backup' | 'rpci' | 'window' | 'mouse'> & {
  readonly session: Omit<TcloSessionState, 'replies'>;
};

/**
 * What decides all that a host does from `now` on. Its past, what it has told, is not in it; nor is what is drawn next
 * of cookies and noise: to a guest one cookie is as good as another.
 */
export function futureOf(state: HostState, now: number): HostFuture {
  const { channels, power, backup, rpci, window, mouse } = state;
  const { replies, ...session } = state.session;
  const settled = channels.map((channel) =>
    channel === null || channel.stalledUntil > now ? channel : { ...channel, stalledUntil: 0 },
  );
  return { channels: settled, power, backup, rpci, window, mouse, session };
}
