// @ts-check
// Which libunicorn is linked in. Version 2.1.1 computes right what 2.0.1 of Debian 12 does not: it is taken from
// pkg-config where that has it, is a package of Debian 13, and comes from Debian 13's archive everywhere else,
// into build/unicorn, by an apt configuration of our own: no root, and nothing of the system changes.
// VMTBENCH_UNICORN=system links whatever pkg-config finds.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, onPath, runCommand, SetupError } from './terminal.mjs';

export const WANTED_VERSION = '2.1.1';
const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * @typedef {object} Unicorn
 * @property {string} archive the static library
 * @property {string} include the folder of unicorn/unicorn.h
 */

/** What the environment asks for: part of what a build is known by. */
export const choice = () => process.env.VMTBENCH_UNICORN ?? '';

/** Whether the linked libunicorn is a package of the system: chosen, of the right version, or to be installed. */
export function isFromSystem() {
  fromSystem ??= askSystem();
  return fromSystem;
}

/** @type {boolean | undefined} */
let fromSystem;

function askSystem() {
  const chosen = choice();
  if (chosen !== '' && chosen !== 'system') {
    throw new SetupError(`VMTBENCH_UNICORN=${chosen} is unknown: "system" links the libunicorn that pkg-config finds.`);
  }
  return (
    chosen === 'system' || ask('pkg-config', ['--modversion', 'unicorn']) === WANTED_VERSION || codename() === SUITE
  );
}

function codename() {
  const file = '/etc/os-release';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^VERSION_CODENAME=(\S+)$/m.exec(text)?.[1] ?? '';
}

/**
 * The libunicorn to link; null when its header or its archive is missing.
 * @param {string} root
 * @returns {Unicorn | null}
 */
export const findUnicorn = (root) => (isFromSystem() ? findInSystem() : findFetched(root));

/** What pkg-config finds, with its static archive. @returns {Unicorn | null} */
export function findInSystem() {
  const folder = ask('pkg-config', ['--variable=libdir', 'unicorn']);
  const include = ask('pkg-config', ['--variable=includedir', 'unicorn']);
  return folder === null || include === null ? null : present(join(folder, 'libunicorn.a'), include);
}

/** @param {string} root */
const fetchedFolder = (root) => join(root, 'build/unicorn');

/** @param {string} root @returns {Unicorn | null} */
function findFetched(root) {
  const usr = join(fetchedFolder(root), 'usr');
  if (!existsSync(join(usr, 'lib'))) return null;
  const [triplet] = readdirSync(join(usr, 'lib'));
  return triplet === undefined ? null : present(join(usr, 'lib', triplet, 'libunicorn.a'), join(usr, 'include'));
}

/** @param {string} archive @param {string} include */
const present = (archive, include) =>
  existsSync(archive) && existsSync(join(include, 'unicorn/unicorn.h')) ? { archive, include } : null;

/** The archive that this machine installs its own release from; apt says it without a network and without root. */
function findMirror() {
  const uris = ask('apt-get', ['update', '--print-uris'])?.split('\n') ?? [];
  const release = `/dists/${codename()}/InRelease`;
  for (const line of uris) {
    const uri = /^'([^']*)'/.exec(line)?.[1];
    if (uri?.endsWith(release)) return uri.slice(0, -release.length);
  }
  return null;
}

/**
 * An apt configuration that knows Debian 13's archive alone, with folders of its own.
 * @param {string} folder
 * @param {string} mirror
 */
function configure(folder, mirror) {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
  const options = existsSync(KEYRING) ? `[signed-by=${KEYRING} target=Packages]` : '[target=Packages]';
  writeFileSync(join(folder, 'sources.list'), `deb ${options} ${mirror} ${SUITE} main\n`);
  const lines = [
    // What the system hangs on an update of its own lists.
    ...['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map((name) => `#clear APT::Update::${name};`),
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    `Dir::Etc::sourcelist "${join(folder, 'sources.list')}";`,
    'Dir::Etc::sourceparts "/dev/null";',
    `Dir::State "${folder}";`,
    `Dir::State::lists "${join(folder, 'lists')}";`,
    `Dir::Cache "${join(folder, 'cache')}";`,
    // apt's own user may not be able to enter this folder.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
  ];
  const file = join(folder, 'apt.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/**
 * Fetches Debian 13's libunicorn-dev into build/unicorn.
 * @param {string} root
 * @param {string} logs
 */
export async function fetchUnicorn(root, logs) {
  const instead = 'VMTBENCH_UNICORN=system links the libunicorn that pkg-config finds.';
  const mirror = onPath('apt-get') ? findMirror() : null;
  if (mirror === null) {
    throw new SetupError(`libunicorn ${WANTED_VERSION} is not here, and no Debian archive is known to apt. ${instead}`);
  }
  const folder = join(root, 'build/apt');
  const config = configure(folder, mirror);
  const fresh = `${fetchedFolder(root)}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const common = { cwd: folder, advice: instead };
  try {
    await runCommand({
      ...common,
      title: "Reading Debian 13's package list (10 MB)",
      command: 'apt-get',
      args: ['-c', config, 'update'],
      log: join(logs, 'unicorn-update.log'),
    });
    await runCommand({
      ...common,
      title: `Fetching libunicorn ${WANTED_VERSION} (3 MB)`,
      command: 'apt-get',
      args: ['-c', config, 'download', 'libunicorn-dev'],
      log: join(logs, 'unicorn-download.log'),
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const log = join(logs, 'unicorn-*.log');
    throw new SetupError(
      `libunicorn ${WANTED_VERSION} cannot be fetched from Debian 13's archive (no network? ${log}). ${instead}`,
    );
  }
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  await runCommand({
    ...common,
    title: 'Unpacking libunicorn',
    command: 'dpkg-deb',
    args: ['-x', file ?? '', fresh],
    log: join(logs, 'unicorn-unpack.log'),
  });
  // It leads to a library that is not here.
  for (const triplet of readdirSync(join(fresh, 'usr/lib')))
    rmSync(join(fresh, 'usr/lib', triplet, 'libunicorn.so'), { force: true });
  rmSync(fetchedFolder(root), { recursive: true, force: true });
  renameSync(fresh, fetchedFolder(root));
  rmSync(folder, { recursive: true, force: true });
}
