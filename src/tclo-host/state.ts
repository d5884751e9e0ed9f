import type { Seen } from '../state.ts';
import type { Channel } from './channel/channel.ts';
import type { MouseState } from './devices/vmmouse.ts';
import type { WindowState } from './devices/window.ts';
import type { LogEntry } from './log.ts';
import type { RpciSessionState } from './rpci/session.ts';
import type { StoreState } from './rpci/store.ts';
import type { BackupState } from './tclo/backup.ts';
import type { PowerState } from './tclo/power.ts';
import type { TcloSessionState } from './tclo/state.ts';

/** What the parts of a host keep, by the names that they keep it under. */
interface HostParts {
  /** Of RPCI's cookies, of TCLO's, and of faults: what is drawn next. */
  readonly rpciCookies: { readonly word: number };
  readonly tcloCookies: { readonly word: number };
  readonly noise: { readonly word: number };
  /** Outputs that the protocol leaves open, filled so far. */
  readonly unspecified: { readonly filled: number };
  readonly channels: readonly (Channel | null)[];
  readonly session: TcloSessionState;
  readonly power: PowerState;
  readonly backup: BackupState;
  readonly store: StoreState;
  /** What the guest told by SetGuestInfo. */
  readonly guestInfo: Readonly<Record<string, Uint8Array>>;
  readonly rpciSession: RpciSessionState;
  readonly window: WindowState;
  readonly mouse: MouseState;
  readonly log: readonly LogEntry[];
}

/** A whole host as plain data: numbers, strings, booleans, null, Uint8Array, arrays and objects of these. */
export type HostState = Seen<HostParts>;

/** The part of a host's state that its behaviour from now on depends on. */
export type HostFuture = Pick<HostState, 'channels' | 'power' | 'backup' | 'store' | 'window' | 'mouse'> & {
  readonly session: Omit<HostState['session'], 'replies' | 'opens'>;
};

/**
 * Everything that a host's behaviour from `now` on depends on; compare it before the host runs on. It leaves out the
 * past, the log and the report, and the next cookies and noise: to a guest one cookie is as good as another.
 */
export function futureOf(
  { channels, session, power, backup, store, window, mouse }: HostState,
  now: number,
): HostFuture {
  const { replies, opens, ...lasting } = session;
  const serials = channels.map((channel) => channel?.tclo?.serial ?? 0).sort((a, b) => a - b);
  return {
    channels: channels.map((channel) => (channel === null ? null : settledChannel(channel, now, serials))),
    session: lasting,
    power,
    backup,
    store,
    window,
    mouse,
  };
}

/**
 * A stall that is over does not count. The guest keeps an RPCI channel's cookie in its own memory; of an answered
 * request only the name is left, which no answer depends on.
 */
function settledChannel(channel: Seen<Channel>, now: number, serials: readonly number[]): Seen<Channel> {
  const stalledUntil = channel.stalledUntil > now ? channel.stalledUntil : 0;
  const { tclo } = channel;
  // Of TCLO's channels counts which is newer.
  if (tclo !== null) return { ...channel, stalledUntil, tclo: { ...tclo, serial: serials.indexOf(tclo.serial) } };
  const over = channel.incoming === null && channel.outgoing === null;
  const command = over ? null : channel.command;
  return { ...channel, stalledUntil, cookieHigh: 0, cookieLow: 0, command };
}
