import type { Channel } from '../channel/channel.ts';
import type { ChannelKeeper } from '../faults.ts';
import type { HostServices } from '../host-event.ts';
import type { HostOptions } from '../options.ts';
import { TOOLBOX } from './messages.ts';

/** What the log calls no channel. */
export const NO_CHANNEL = 65535;

/** The unbroken TCLO channel that an application has, other than `except`. */
export function ownerOf(slots: readonly (Channel | null)[], app: string, except: Channel | null): Channel | null {
  return slots.find((other) => other !== null && other !== except && other.tclo?.app === app && !other.broken) ?? null;
}

/** Two channels of one application, by the rule: whether the newer one stays. */
export function settleOwners(
  rule: HostOptions['secondOwner'],
  channels: ChannelKeeper,
  newer: Channel,
  older: Channel,
): boolean {
  if (rule === 'newest' || rule === 'both') channels.break(older, `superseded by channel ${newer.id}`);
  if (rule !== 'newest') channels.break(newer, `channel ${older.id} has its application`);
  return rule === 'newest';
}

/** Whether a TCLO channel may open. A host that refuses a second owner opens none beside one that the toolbox has. */
export function mayOpenTclo(
  rule: HostOptions['secondOwner'],
  slots: readonly (Channel | null)[],
  hostServices: HostServices,
): boolean {
  if (rule !== 'refuse' || ownerOf(slots, TOOLBOX, null) === null) return true;
  hostServices.notify('log', `GuestRpc: application ${TOOLBOX} has a channel, there can only be 1`);
  return false;
}
