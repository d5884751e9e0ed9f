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
  readonly cookies: number;
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
