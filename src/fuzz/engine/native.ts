/** The whole contract of the addon in `fuzz/native`: libFuzzer, and AFL++'s shared memory. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VmtbenchError } from '../../errors.ts';

export interface FuzzAddon {
  /**
   * Runs libFuzzer with its own arguments, the first of which is a name. It mostly ends the process.
   * @param counters it reads and clears them. @param input where each input is put. @param execute its length is given.
   */
  runLibFuzzer(
    args: readonly string[],
    counters: Uint8Array,
    input: Uint8Array,
    execute: (length: number) => void,
  ): number;
  /** Values that the guest compared: bytes, one, other, three words each. */
  noteCompares(words: BigUint64Array, count: number): void;
  /** What a string or memory function of the guest's compared. */
  noteStrings(one: Uint8Array, other: Uint8Array): void;
  /** A System V shared memory segment; null: there is none. */
  attachShared(id: number): Uint8Array | null;
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const FILE = join(ROOT, 'prebuilds', `fuzz-linux-${process.arch}`, 'vmtbench-fuzz.node');

/** The one command that sets fuzzing up. */
export const SETUP_COMMAND = 'npm run setup:fuzz';

/** Whether the addon is there. */
export const hasFuzzAddon = (): boolean => existsSync(FILE);

/** @throws VmtbenchError `fuzz.setup` where the addon is missing or does not load. */
export function fuzzAddon(): FuzzAddon {
  try {
    return createRequire(import.meta.url)(FILE) as FuzzAddon;
  } catch (cause) {
    throw missingSetup('the fuzz engines are not set up', { cause });
  }
}

export const missingSetup = (message: string, options?: ErrorOptions): VmtbenchError =>
  new VmtbenchError('fuzz.setup', message, `Run: ${SETUP_COMMAND}`, options);

/** Where AFL++'s programs are: on the path, or where the set-up put them; null: nowhere. */
export function findAfl(): { readonly afl: string; readonly folder: string | null } | null {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  const onPath = folders.find((folder) => existsSync(join(folder, 'afl-fuzz')));
  if (onPath !== undefined) return { afl: join(onPath, 'afl-fuzz'), folder: null };
  const own = join(ROOT, 'build', 'fuzz', 'afl', 'usr');
  const afl = join(own, 'bin', 'afl-fuzz');
  return existsSync(afl) ? { afl, folder: own } : null;
}
