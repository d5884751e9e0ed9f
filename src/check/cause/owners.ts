import type { SourceFrames } from '../../guest/index.ts';
import type { AccessFact } from '../../judge/index.ts';
import { Deciders } from './frames.ts';

/**
 * The functions that own RPCI channels: each opens one and closes it, by itself or through functions that it calls.
 * They decide what becomes of a request. @param accesses of an execution in which nothing fails.
 */
export function channelOwners(accesses: readonly AccessFact[], frames: SourceFrames): ReadonlySet<string> {
  const deciders = new Deciders(frames);
  const owners = new Set<string>();
  let opened: AccessFact | null = null;
  for (const access of accesses) {
    const { call } = access;
    if (call?.protocol !== 'rpci') continue;
    if (call.step === 'open') opened = access;
    else if (call.step === 'close' && opened !== null) {
      const owner = deciders.between(opened, access)?.function ?? null;
      if (owner !== null) owners.add(owner);
      opened = null;
    }
  }
  return owners;
}
