import { Guest, type GuestOptions } from '../guest/index.ts';
import type { ObjectFile } from '../object/index.ts';
import { chooseKernel } from './choose.ts';

/**
 * Loads an object and builds the system around it. Nothing has run yet: see {@link Guest.boot}.
 * @throws VmtbenchError for an object that cannot be loaded, or whose kernel is not known.
 */
export function createGuest(object: ObjectFile, options: GuestOptions = {}): Guest {
  return new Guest(object, chooseKernel(object, options.kernel), options);
}
