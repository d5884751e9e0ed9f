import type { Seen } from '../../state.ts';
import type { Channel } from '../channel/channel.ts';
import type { BackupState } from './backup.ts';
import type { PowerState } from './power.ts';

/**
 * Where a session is. `closed`: no TCLO channel serves; `open`: not greeted yet; `greeted`: nothing is under way;
 * `request`: a message is posted, or waits for its answer; `backup`, `suspended`: one of these is under way.
 */
export type SessionPhase = 'closed' | 'open' | 'greeted' | 'request' | 'backup' | 'suspended';

export function phaseOf(
  slots: readonly (Seen<Channel> | null)[],
  power: Seen<PowerState>,
  backup: Seen<BackupState>,
): SessionPhase {
  if (power.phase !== 'idle') return 'suspended';
  if (backup.phase !== 'idle') return 'backup';
  let phase: SessionPhase = 'closed';
  for (const channel of slots) {
    if (channel === null || channel.tclo === null || channel.broken) continue;
    const { posted, outstanding, greeted } = channel.tclo;
    if (posted !== null || outstanding !== null) return 'request';
    if (greeted) phase = 'greeted';
    else if (phase === 'closed') phase = 'open';
  }
  return phase;
}
