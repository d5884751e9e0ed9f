import type { EntryPoints } from '../../guest/index.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { powerOff } from './system.ts';

/** What users of a driver call it for. */
export const entryPoints = (k: FreeBsdKernel): EntryPoints =>
  new Map([
    [
      'shutdown',
      () => {
        powerOff(k);
        return null;
      },
    ],
  ]);
