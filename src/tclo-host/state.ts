import type { Protocol } from '../protocol/index.ts';
import type { ChannelState } from './channel/channel.ts';
import type { Channels } from './channel/channels.ts';
import type { MouseState, VmMouse } from './devices/vmmouse.ts';
import type { Window, WindowState } from './devices/window.ts';
import type { HostLog, LogEntry } from './log.ts';
import type { Random } from './random.ts';
import type { RpciService, RpciState } from './rpci/service.ts';
import type { RpciSession } from './rpci/session.ts';
import type { Backup, BackupState } from './tclo/backup.ts';
import type { PowerSequence, PowerState } from './tclo/power.ts';
import type { TcloSession } from './tclo/session.ts';
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

/** What a host is made of, as far as it changes. */
export interface HostParts {
  readonly cookies: Readonly<Record<Protocol, Random>>;
  readonly noise: Random;
  readonly channels: Channels;
  readonly session: TcloSession;
  readonly power: PowerSequence;
  readonly backup: Backup;
  readonly rpci: RpciService;
  readonly rpciSession: RpciSession;
  readonly window: Window;
  readonly mouse: VmMouse;
  readonly log: HostLog;
}

export function save(parts: HostParts): HostState {
  const { cookies, noise, channels, session, power, backup, rpci, rpciSession, window, mouse, log } = parts;
  return {
    cookies: [cookies.rpci.state, cookies.tclo.state],
    noise: noise.state,
    channels: channels.snapshot(),
    session: session.snapshot(),
    power: { ...power.state },
    backup: { ...backup.state },
    rpci: rpci.snapshot(),
    window: window.snapshot(),
    mouse: mouse.snapshot(),
    log: log.entries.slice(),
    rpciOpens: rpciSession.opens,
    rpciCommands: rpciSession.commands.slice(),
  };
}

/** Takes over a state that {@link save} gave of a host of the same options. */
export function load(parts: HostParts, state: HostState): void {
  [parts.cookies.rpci.state, parts.cookies.tclo.state] = state.cookies;
  parts.noise.state = state.noise;
  parts.channels.restore(state.channels);
  parts.session.restore(state.session);
  parts.power.state = { ...state.power };
  parts.backup.state = { ...state.backup };
  parts.rpci.restore(state.rpci);
  parts.window.restore(state.window);
  parts.mouse.restore(state.mouse);
  parts.log.entries = [...state.log];
  parts.rpciSession.opens = state.rpciOpens;
  parts.rpciSession.commands = [...state.rpciCommands];
}

/** What of a host's state decides what it does from now on. */
export type HostFuture = Pick<HostState, 'channels' | 'power' | 'backup' | 'window' | 'mouse'> & {
  readonly store: RpciState['store'];
  readonly session: Omit<TcloSessionState, 'replies' | 'opens'>;
};

/**
 * What decides all that a host does from `now` on, to be looked at before it goes on. Its past, what it was told and
 * has told, is not in it; nor is what is drawn next of cookies and noise: to a guest one cookie is as good as another.
 */
export function futureOf(
  { channels, session, power, backup, rpci, window, mouse }: HostParts,
  now: number,
): HostFuture {
  const open = channels.snapshot();
  const { replies, opens, ...lasting } = session.state;
  const serials = open.map((channel) => channel?.tclo?.serial ?? 0).sort((a, b) => a - b);
  return {
    channels: open.map((channel) => (channel === null ? null : settledChannel(channel, now, serials))),
    session: lasting,
    power: power.state,
    backup: backup.state,
    store: rpci.store.snapshot(),
    window: window.snapshot(),
    mouse: mouse.state,
  };
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
