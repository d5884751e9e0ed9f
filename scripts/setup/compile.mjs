// @ts-check
// TypeScript to JavaScript: src to dist, bench to build/bench.

import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder, fingerprint, readStamp, writeStamp } from './stamp.mjs';
import { runCommand } from './terminal.mjs';

/**
 * @typedef {object} Compilation
 * @property {string} title
 * @property {string} config the tsconfig's name
 * @property {string} from
 * @property {string} to
 * @property {boolean} prune whether `to` holds nothing but this compilation's output
 */

/** @type {Compilation} */
export const LIBRARY = {
  title: 'Compiling TypeScript (tsc)',
  config: 'tsconfig.json',
  from: 'src',
  to: 'dist',
  prune: true,
};

/** @type {Compilation} */
export const BENCHMARKS = {
  title: 'Compiling the benchmarks (tsc)',
  config: 'tsconfig.bench.json',
  from: 'bench',
  to: 'build/bench',
  prune: false,
};

/**
 * @param {string} root
 * @param {Compilation} what
 */
function sources(root, what) {
  return filesUnder(join(root, what.from), (name) => name.endsWith('.ts'), ['build', 'node_modules']);
}

/**
 * @param {string} root
 * @param {Compilation} what
 */
function hashOf(root, what) {
  const configs = ['tsconfig.json', what.config, 'node_modules/typescript/package.json'].map((name) =>
    join(root, name),
  );
  // The benchmarks are compiled against what the library declares.
  const library = what === LIBRARY ? [] : sources(root, LIBRARY);
  return fingerprint([...sources(root, what), ...library, ...configs.filter((file) => existsSync(file))]);
}

/**
 * @param {string} root
 * @param {Compilation} what
 */
const outputs = (root, what) =>
  sources(root, what).map((file) => join(root, what.to, relative(join(root, what.from), file)).replace(/\.ts$/, '.js'));

/**
 * @param {string} root
 * @param {Compilation} what
 * @param {string} stamp
 */
export function isCompiled(root, what, stamp) {
  return outputs(root, what).every((file) => existsSync(file)) && readStamp(stamp) === hashOf(root, what);
}

/**
 * @param {string} root
 * @param {Compilation} what
 * @param {{ logs: string, stamp: string }} where
 */
export async function compile(root, what, { logs, stamp }) {
  writeStamp(stamp, null);
  const hash = hashOf(root, what);
  await runCommand({
    title: what.title,
    command: process.execPath,
    args: [join(root, 'node_modules/typescript/bin/tsc'), '-p', what.config],
    cwd: root,
    log: join(logs, `${what.config}.log`),
    advice: 'Nothing is wrong with the set-up: the sources do not compile.',
  });
  if (what.prune) {
    // What a source that no longer exists once gave must not be packed or found.
    const kept = new Set(outputs(root, what).map((file) => file.slice(0, -'.js'.length)));
    const compiled = filesUnder(join(root, what.to), () => true);
    for (const file of compiled) if (!kept.has(file.replace(/(?:\.js|\.d\.ts)(?:\.map)?$/, ''))) rmSync(file);
  }
  writeStamp(stamp, hash);
}
