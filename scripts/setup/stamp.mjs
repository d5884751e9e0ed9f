// @ts-check
// "Is this step up to date?": a step's inputs are hashed by content, and the hash of the last time it
// succeeded is kept in a stamp file beside the logs.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * All files under a folder, sorted, as paths that start with it.
 * @param {string} folder
 * @param {(name: string) => boolean} wanted by file name
 * @param {readonly string[]} [skip] names of folders that are not entered
 * @returns {string[]}
 */
export function filesUnder(folder, wanted, skip = []) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!skip.includes(entry.name)) found.push(...filesUnder(path, wanted, skip));
    } else if (wanted(entry.name)) found.push(path);
  }
  return found.sort();
}

/**
 * @param {readonly string[]} files hashed by name and content
 * @param {readonly string[]} [facts] hashed as they are
 */
export function fingerprint(files, facts = []) {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** @param {string} file */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * @param {string} file
 * @param {string | null} value null forgets the stamp: the step is under way
 */
export function writeStamp(file, value) {
  if (value === null) return rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value);
}
