import type { BackupState } from './backup.ts';
import type { ChannelState } from './channel.ts';
import type { MouseState } from './devices/vmmouse.ts';
import type { WindowState } from './devices/window.ts';
import type { LogEntry } from './log.ts';
import type { PowerState } from './power.ts';
import type { RpciState } from './rpci.ts';
import type { TcloSessionState } from './tclo-state.ts';

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
