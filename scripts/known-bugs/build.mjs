// @ts-check
// The guests of test/known-bugs, compiled: with a bug or without, with marks or without, under other names.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GUESTS, ROOT } from './list.mjs';

export const LEVELS = ['O0', 'O1', 'O2', 'O3', 'Os'];

const FLAGS = [
  ...['-std=gnu11', '-ffreestanding', '-nostdinc', '-fno-strict-aliasing'],
  ...['-mcmodel=kernel', '-mno-red-zone', '-mno-sse', '-fno-pic', '-fno-pie'],
  ...['-fno-stack-protector', '-fcf-protection=none'],
  ...['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-Wno-unused-function'],
  ...['-I', join(ROOT, 'fixtures/kernels'), '-I', GUESTS],
];

/** Names by which a kernel finds its module; whatever else an object defines may be called otherwise. */
const KEPT = ['init_module', 'cleanup_module'];

/**
 * @typedef {object} Build
 * @property {string} folder where the object goes
 * @property {string} compiler
 * @property {string} level such as O2
 * @property {string} [prefix] what the object's symbols and the keys of guestinfo begin with
 */

/** @param {string} command @param {string[]} args @returns {string} what it printed; throws when it fails */
function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}\n${error?.message ?? stderr}`);
}

/** @param {string} compiler */
export const isThere = (compiler) => spawnSync(compiler, ['--version']).status === 0;

/** @param {string} object @param {string} prefix */
function renameSymbols(object, prefix) {
  const names = run('nm', ['--defined-only', '--format=just-symbols', object]).split('\n');
  const renamed = names.filter((name) => /^\w+$/.test(name) && !KEPT.includes(name));
  run('objcopy', [...renamed.flatMap((name) => ['--redefine-sym', `${name}=${prefix}${name}`]), object]);
}

/**
 * Compiles one guest.
 *
 * @param {import('./list.mjs').KnownBug} bug
 * @param {{ fixed: boolean, marks?: boolean }} what
 * @param {Build} build
 * @returns {string} the object's path
 */
export function compile(bug, { fixed, marks = false }, { folder, compiler, level, prefix = '' }) {
  const object = join(folder, `${bug.bug}-${fixed ? 'fix' : 'bug'}${marks ? '-marks' : ''}.o`);
  const defines = [`-DBUG=${fixed ? 0 : bug.define}`, ...(marks ? ['-DMARKS'] : [])];
  if (prefix !== '') defines.push(`-DPREFIX="${prefix}"`);
  // Line numbers would keep the old names.
  const debug = prefix === '' ? '-g' : '-g0';
  run(compiler, [`-${level}`, debug, ...FLAGS, ...defines, '-c', bug.path, '-o', object]);
  if (prefix !== '') renameSymbols(object, prefix);
  return object;
}

/** @param {import('./list.mjs').KnownBug} bug @param {Build} build */
export const compileAll = (bug, build) => ({
  bug: bug.bug,
  bad: compile(bug, { fixed: false }, build),
  good: compile(bug, { fixed: true }, build),
  marked: compile(bug, { fixed: false, marks: true }, build),
});

/** @param {string} object @returns {Set<string>} the marks that it has */
export function marksOf(object) {
  const names = run('nm', ['--undefined-only', '--format=just-symbols', object]).split('\n');
  return new Set(names.filter((name) => name.startsWith('mark_')));
}
