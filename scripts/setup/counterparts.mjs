// @ts-check
// The plain C program that the benchmarks are measured against: linked with the same libunicorn.a as the addon.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findUnicorn } from './packages.mjs';
import { fingerprint, readStamp, writeStamp } from './stamp.mjs';
import { ask, runCommand, SetupError } from './terminal.mjs';

/** @param {string} root */
const program = (root) => join(root, 'build/bench/backdoor');

/** @param {string} root */
const sources = (root) => [join(root, 'bench/c/backdoor.c'), join(root, 'src/cpu/native/stubs.c')];

/**
 * @param {string} root
 * @param {string} stamp
 */
export function isBuilt(root, stamp) {
  return existsSync(program(root)) && readStamp(stamp) === fingerprint(sources(root));
}

/**
 * @param {string} root
 * @param {{ logs: string, stamp: string }} where
 */
export async function build(root, { logs, stamp }) {
  const archive = findUnicorn();
  if (archive === null) throw new SetupError('libunicorn.a has gone since it was looked for; start again.');
  writeStamp(stamp, null);
  mkdirSync(dirname(program(root)), { recursive: true });
  const include = ask('pkg-config', ['--variable=includedir', 'unicorn']) ?? '/usr/include';
  await runCommand({
    title: "Compiling the benchmarks' C counterpart (gcc)",
    command: 'gcc',
    args: [
      '-O2',
      '-Wall',
      '-Wextra',
      `-I${include}`,
      ...sources(root),
      archive,
      '-lpthread',
      '-lm',
      '-o',
      program(root),
    ],
    cwd: root,
    log: join(logs, 'counterpart.log'),
    advice: 'It needs gcc and libunicorn-dev, version 2.',
  });
  writeStamp(stamp, fingerprint(sources(root)));
}
