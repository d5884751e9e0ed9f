// @ts-check
// The plain C programs that the benchmarks are measured against: linked with the same libunicorn.a as the addon.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, readStamp, writeStamp } from './stamp.mjs';
import { runCommand, SetupError } from './terminal.mjs';
import { choice, findUnicorn } from './unicorn.mjs';

/** By the program's name, its sources in bench/c. */
const PROGRAMS = {
  backdoor: ['backdoor.c'],
  driver: ['driver.c', 'driver_host.c', 'driver_kernel.c'],
};
const HEADERS = ['driver.h'];

/** @param {string} root @param {string} name */
const program = (root, name) => join(root, 'build/bench', name);

/** @param {string} root @param {readonly string[]} names */
const inFolder = (root, names) => names.map((name) => join(root, 'bench/c', name));

/** @param {string} root */
const stubs = (root) => join(root, 'src/cpu/native/stubs.c');

/** @param {string} root */
const sources = (root) => [...inFolder(root, [...Object.values(PROGRAMS).flat(), ...HEADERS]), stubs(root)];

/** @param {string} root */
const sourcesHash = (root) => fingerprint(sources(root), [choice()]);

/**
 * @param {string} root
 * @param {string} stamp
 */
export function isBuilt(root, stamp) {
  const names = Object.keys(PROGRAMS);
  return names.every((name) => existsSync(program(root, name))) && readStamp(stamp) === sourcesHash(root);
}

/**
 * @param {string} root
 * @param {{ logs: string, stamp: string }} where
 */
export async function build(root, { logs, stamp }) {
  const unicorn = findUnicorn(root);
  if (unicorn === null) throw new SetupError('libunicorn.a has gone since it was looked for; start again.');
  writeStamp(stamp, null);
  mkdirSync(join(root, 'build/bench'), { recursive: true });
  for (const [name, files] of Object.entries(PROGRAMS)) {
    const inputs = [...inFolder(root, files), stubs(root), unicorn.archive, '-lpthread', '-lm'];
    await runCommand({
      title: `Compiling ${name}, a C counterpart of the benchmarks (gcc)`,
      command: 'gcc',
      args: ['-O2', '-Wall', '-Wextra', `-I${unicorn.include}`, ...inputs, '-o', program(root, name)],
      cwd: root,
      log: join(logs, `counterpart-${name}.log`),
      advice: 'It needs gcc and libunicorn-dev, version 2.',
    });
  }
  writeStamp(stamp, sourcesHash(root));
}
