// @ts-check
// The Debian packages that the build needs: what is missing, found by looking for the things themselves
// and not for package names, and how it is installed.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, onPath, runCommand, SetupError } from './terminal.mjs';
import { findInSystem } from './unicorn.mjs';

/** What the addon's build needs. @type {Readonly<Record<string, () => boolean>>} */
export const BUILD_PACKAGES = {
  'libxxhash-dev': () => ask('pkg-config', ['--modversion', 'libxxhash']) !== null,
  'g++': () => onPath('g++'),
  make: () => onPath('make'),
  'pkg-config': () => onPath('pkg-config'),
  python3: () => onPath('python3'),
};

/** Packages that can be named with --also and are found faster than by asking dpkg. @type {typeof BUILD_PACKAGES} */
const OTHER_PACKAGES = {
  'libunicorn-dev': () => findInSystem() !== null,
  gcc: () => onPath('gcc'),
  gdb: () => onPath('gdb'),
  binutils: () => onPath('readelf') && onPath('objdump'),
  // The system's python3 has it; another one on PATH would not.
  'python3-unicorn': () => existsSync('/usr/lib/python3/dist-packages/unicorn/__init__.py'),
  // Debian 12's python3-unicorn imports these two without depending on them.
  'python3-pkg-resources': () => existsSync('/usr/lib/python3/dist-packages/pkg_resources/__init__.py'),
  // From Python 3.12 on there is none.
  'python3-distutils': () => {
    const minors = readdirSync('/usr/lib').map((name) => Number(/^python3\.(\d+)$/.exec(name)?.[1] ?? 0));
    const newest = Math.max(...minors);
    return newest >= 12 || existsSync(`/usr/lib/python3.${newest}/distutils/sysconfig.py`);
  },
};

/** What the benchmarks' counterpart in Python needs. */
export const PYTHON_PACKAGES = ['python3-unicorn', 'python3-pkg-resources', 'python3-distutils'];

/** @param {string} name */
function isInstalled(name) {
  const probe = BUILD_PACKAGES[name] ?? OTHER_PACKAGES[name];
  if (probe) return probe();
  return ask('dpkg', ['-s', name])?.includes('Status: install ok installed') ?? false;
}

/** @param {readonly string[]} names */
export const missingPackages = (names) => names.filter((name) => !isInstalled(name));

/** How apt-get may be run here: the words before it, or null when only the user can. */
function aptPrefix() {
  if (process.getuid?.() === 0) return [];
  return onPath('sudo') && ask('sudo', ['-n', 'true']) !== null ? ['sudo', '-n'] : null;
}

/**
 * The one command that a user types to install packages by hand.
 * @param {readonly string[]} names
 */
export function commandToType(names) {
  const install = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (process.getuid?.() === 0) return install;
  return onPath('sudo') ? install.replaceAll('apt-get', 'sudo apt-get') : `su -c '${install}'`;
}

/**
 * Installs packages with apt-get.
 * @param {readonly string[]} names
 * @param {{ root: string, logs: string }} where
 * @throws {SetupError} naming the command to type where apt-get may not be run, or the step that failed
 */
export async function installPackages(names, where) {
  if (!onPath('apt-get')) {
    throw new SetupError(
      `Missing: ${names.join(', ')} (names of Debian's packages), and there is no apt-get here.\n` +
        'Install the same with the package manager of this system.',
    );
  }
  const prefix = aptPrefix();
  if (prefix === null) {
    throw new SetupError(
      `Missing: ${names.join(', ')}. They can be installed by root only; type this, then start again:\n\n` +
        `  ${commandToType(names)}\n`,
    );
  }
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  const [command = 'env', ...args] = apt;
  const common = { command, cwd: where.root, advice: `To see more, type: ${commandToType(names)}` };
  await runCommand({
    ...common,
    title: 'Reading the package lists (apt-get update)',
    args: [...args, 'update'],
    log: join(where.logs, 'apt-update.log'),
  });
  await runCommand({
    ...common,
    title: `Installing ${names.join(', ')} (apt-get install)`,
    args: [...args, 'install', '-y', '--no-install-recommends', ...names],
    log: join(where.logs, 'apt-install.log'),
  });
  const still = missingPackages(names);
  if (still.length > 0) {
    throw new SetupError(
      `apt-get installed ${names.join(', ')}, but ${still.join(', ')} cannot be found afterwards.\n` +
        'Look at PATH and PKG_CONFIG_PATH: they may hide what the packages brought.',
    );
  }
}
