// @ts-check
// node_modules as package-lock.json has it.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './terminal.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean,
 *             os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 */

/**
 * @param {string} file
 * @returns {Record<string, LockEntry>}
 */
const readPackages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};

/**
 * Whether npm would install an optional package here: most of them are one platform's binaries.
 * @param {LockEntry} entry
 */
function isForThisMachine({ os, cpu, libc }) {
  if (!os || !cpu) return false;
  return os.includes(process.platform) && cpu.includes(process.arch) && (!libc || libc.includes('glibc'));
}

/**
 * Whether node_modules holds what the lockfile asks for: npm leaves there what it installed, as a lockfile
 * of its own without the packages of other platforms.
 * @param {string} root
 */
export function isInstalled(root) {
  const hidden = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  try {
    const asked = readPackages(join(root, 'package-lock.json'));
    const present = readPackages(hidden);
    for (const [path, { version, integrity }] of Object.entries(present)) {
      const entry = asked[path];
      if (!entry || entry.version !== version || entry.integrity !== integrity) return false;
    }
    return Object.entries(asked).every(([path, entry]) => {
      if (path === '') return true;
      if (entry.optional && !isForThisMachine(entry)) return true;
      return present[path] !== undefined && existsSync(join(root, path, 'package.json'));
    });
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {string} logs
 */
export function install(root, logs) {
  // Under `npm run` this is the npm that was typed; a plain `node` takes the one on PATH.
  const own = process.env.npm_execpath;
  const [command, args] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return runCommand({
    title: 'Installing the npm packages (npm ci)',
    command,
    // No package of ours needs its install script: what they would build or fetch comes as a package too.
    args: [...args, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
    cwd: root,
    log: join(logs, 'npm-ci.log'),
    advice: 'Is the npm registry reachable? Try `npm ci` by hand.',
  });
}
