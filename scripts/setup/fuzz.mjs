// @ts-check
// What fuzzing needs beside the rest, only when asked for: libFuzzer's archive, the newest that this machine's Debian has,
// linked into an addon of its own, and AFL++. Both packages are unpacked into build/fuzz: no root, and nothing of the
// system changes.

import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findHeaders, withoutNpmConfig } from './addon.mjs';
import { fingerprint, readStamp, writeStamp } from './stamp.mjs';
import { ask, onPath, runCommand, SetupError } from './terminal.mjs';

/** @param {string} root */
const folderOf = (root) => join(root, 'build/fuzz');

/** @param {string} root */
const addonFile = (root) => join(root, `prebuilds/fuzz-linux-${process.arch}/vmtbench-fuzz.node`);

/** @param {string} root */
const sources = (root) => ['fuzz.cc', 'binding.gyp'].map((name) => join(root, 'src/fuzz/native', name));

/**
 * Debian's packages with libFuzzer that apt knows, the newest first. That of libfuzzer-N-dev is not position independent:
 * it links into no addon.
 */
function libFuzzerPackages() {
  const found = ask('apt-cache', ['search', '--names-only', '^libclang-rt-[0-9]+-dev$']) ?? '';
  const versions = [...found.matchAll(/^libclang-rt-(\d+)-dev/gm)].map(([, version]) => Number(version));
  return versions.sort((one, other) => other - one).map((version) => `libclang-rt-${version}-dev`);
}

/** @param {string} folder @returns {string | null} */
function findArchive(folder) {
  const unpacked = join(folder, 'libfuzzer');
  if (!existsSync(unpacked)) return null;
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const wanted = `libclang_rt.fuzzer_no_main-${machine}.a`;
  const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' });
  const file = files.find((name) => basename(name) === wanted);
  return file === undefined ? null : join(unpacked, file);
}

/** @param {string} root */
export const aflFolder = (root) => join(folderOf(root), 'afl/usr');

/** @param {string} root @param {string} stamp */
export function isAddonBuilt(root, stamp) {
  const [hash, size] = readStamp(stamp)?.split('\n') ?? [];
  if (!existsSync(addonFile(root)) || String(statSync(addonFile(root)).size) !== size) return false;
  return hash === fingerprint(sources(root), [process.arch]);
}

/** @param {string} root */
export const hasAfl = (root) => onPath('afl-fuzz') || existsSync(join(aflFolder(root), 'bin/afl-fuzz'));

/**
 * Unpacks a package of this machine's Debian.
 * @param {{ root: string, logs: string }} where
 * @param {string} name
 * @param {string} into
 */
async function unpack({ root, logs }, name, into) {
  const folder = join(folderOf(root), 'download');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const advice = 'Without a list of packages apt finds none: apt-get update.';
  const log = join(logs, `fuzz-${into}.log`);
  const options = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  await runCommand({
    title: `Fetching ${name}`,
    command: 'apt-get',
    args: [...options, 'download', name],
    cwd: folder,
    log,
    advice,
  });
  const [file = ''] = readdirSync(folder).filter((entry) => entry.endsWith('.deb'));
  const target = join(folderOf(root), into);
  rmSync(target, { recursive: true, force: true });
  await runCommand({
    title: `Unpacking ${name}`,
    command: 'dpkg-deb',
    args: ['-x', file, target],
    cwd: folder,
    log,
    advice,
  });
  rmSync(folder, { recursive: true, force: true });
}

/** @param {{ root: string, logs: string }} where */
async function fetchLibFuzzer(where) {
  const known = findArchive(folderOf(where.root));
  if (known !== null) return known;
  const [name] = libFuzzerPackages();
  if (name === undefined) {
    throw new SetupError('apt knows no package of libFuzzer (libclang-rt-N-dev): on a Debian, apt-get update first.');
  }
  await unpack(where, name, 'libfuzzer');
  const archive = findArchive(folderOf(where.root));
  if (archive === null) throw new SetupError(`${name} holds no libFuzzer for this machine`);
  return archive;
}

/**
 * @param {{ root: string, logs: string }} where
 * @param {string} stamp
 */
export async function buildAddon(where, stamp) {
  const { root, logs } = where;
  const archive = await fetchLibFuzzer(where);
  writeStamp(stamp, null);
  const gyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  const folder = join(root, 'src/fuzz/native');
  await runCommand({
    title: 'Building the fuzz addon (node-gyp)',
    command: process.execPath,
    args: [gyp, 'rebuild', '--release', `--nodedir=${findHeaders(root)}`, `--directory=${folder}`],
    env: { ...withoutNpmConfig(), LIBFUZZER_ARCHIVE: archive },
    cwd: root,
    log: join(logs, 'fuzz-addon.log'),
    advice: 'The compiler must know C++17 (g++ 9 or newer).',
  });
  const target = addonFile(root);
  mkdirSync(join(target, '..'), { recursive: true });
  copyFileSync(join(folder, 'build/Release/vmtbench_fuzz.node'), `${target}.new`);
  renameSync(`${target}.new`, target);
  writeStamp(stamp, [fingerprint(sources(root), [process.arch]), statSync(target).size].join('\n'));
}

/** @param {{ root: string, logs: string }} where */
export const fetchAfl = (where) => unpack(where, 'afl++', 'afl');
