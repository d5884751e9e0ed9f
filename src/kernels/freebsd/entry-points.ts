import type { EntryPoints, GuestOutcome } from '../../guest/index.ts';
import { detachOf } from './attach.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { powerOff } from './system.ts';

/** What users of a driver call it for. */
export const entryPoints = (k: FreeBsdKernel): EntryPoints =>
  new Map([
    ...detaching(k),
    [
      'shutdown',
      () => {
        powerOff(k);
        return null;
      },
    ],
  ]);

/** devctl(8), or kldunload(8): newbus detaches what is attached. */
function detaching(k: FreeBsdKernel): [string, () => GuestOutcome | null][] {
  const detach = detachOf(k);
  if (detach === null) return [];
  return [
    [
      'unload',
      () => {
        const device = k.names.get('device') ?? 0n;
        if (k.devices.get(device)?.attached !== true) return null;
        const { outcome } = k.services.call(detach, [device]);
        k.changeDevice(device, { attached: false });
        return outcome;
      },
    ],
  ];
}
