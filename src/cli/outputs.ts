import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { VmtbenchError } from '../errors.ts';
import { OutputFile } from '../output-file.ts';

/**
 * Before any work: each output can be written, none is a file that the user names as an input, and no two are one file.
 * @param inputs paths, and names that are no files
 * @param outputs paths by the flags that name them
 * @throws VmtbenchError `output`
 */
export function refuseClashes(
  inputs: readonly (string | undefined)[],
  outputs: Readonly<Record<string, string | undefined>>,
): void {
  const taken = new Map<string, string>();
  for (const path of inputs) if (path !== undefined) taken.set(placeOf(path) ?? '', 'is an input of this command');
  for (const [flag, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    refuseUnwritable(flag, path);
    const place = placeOf(path);
    if (place === null) continue;
    const what = taken.get(place);
    if (what !== undefined) {
      throw new VmtbenchError('output', `${path} of ${flag} ${what}`, 'Name another file: nothing was written.');
    }
    taken.set(place, `is the file of ${flag}, too`);
  }
}

/** @throws VmtbenchError `output` */
function refuseUnwritable(flag: string, path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  try {
    if (there?.isDirectory() === true) throw new Error('it is a folder');
    accessSync(there === undefined ? dirname(resolve(path)) : path, constants.W_OK);
  } catch (cause) {
    const hint = 'Name a file in a folder that exists and that you may write to.';
    throw new VmtbenchError('output', `${path} of ${flag} cannot be written: ${(cause as Error).message}`, hint, {
      cause,
    });
  }
}

/** The file that a path leads to, whatever links are on the way; null: no plain file, such as /dev/null. */
function placeOf(path: string): string | null {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined) return there.isFile() ? `${there.dev}:${there.ino}` : null;
  const folder = dirname(resolve(path));
  const exists = statSync(folder, { throwIfNoEntry: false }) !== undefined;
  return join(exists ? realpathSync(folder) : folder, basename(path));
}

/** Writes a whole file, or leaves what stands there. @throws VmtbenchError `output` */
export function writeOutput(path: string, text: string): void {
  try {
    const file = new OutputFile(path);
    try {
      file.write(Buffer.from(text));
      file.keep();
    } finally {
      file.discard();
    }
  } catch (cause) {
    throw new VmtbenchError('output', `${path} cannot be written`, (cause as Error).message, { cause });
  }
}
