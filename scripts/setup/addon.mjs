// @ts-check
// The N-API addon: src/cpu/native and libunicorn.a become prebuilds/linux-ARCH/vmtbench.glibc.node, the very
// file that the npm package ships, so that what is tested is what users get.

import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { filesUnder, fingerprint, readStamp, writeStamp } from './stamp.mjs';
import { runCommand, SetupError } from './terminal.mjs';
import { choice, findUnicorn } from './unicorn.mjs';

/** @param {string} root */
const addonFile = (root) => join(root, `prebuilds/linux-${process.arch}/vmtbench.glibc.node`);

/** @param {string} root */
const nativeFolder = (root) => join(root, 'src/cpu/native');

/** @param {string} root */
function inputs(root) {
  const files = filesUnder(nativeFolder(root), (name) => /\.(?:cc|c|h|gyp)$/.test(name), ['build']);
  const packages = ['node-addon-api', 'node-gyp'].map((name) => join(root, 'node_modules', name, 'package.json'));
  return [...files, ...packages.filter((file) => existsSync(file))];
}

/**
 * The archive's identity without reading its 30 MB.
 * @param {string} archive
 */
function archiveFact(archive) {
  const { size, mtimeMs } = statSync(archive);
  return `${archive} ${size} ${mtimeMs}`;
}

/**
 * What a build was made from, beside the archive.
 * @param {string} root
 */
const inputsHash = (root) => fingerprint(inputs(root), [process.arch, choice()]);

/**
 * Whether the addon is there and was built from what is there now. An archive that has gone since does not
 * make the addon old: it is inside.
 * @param {string} root
 * @param {string} stamp
 */
export function isBuilt(root, stamp) {
  const recorded = readStamp(stamp)?.split('\n');
  if (!recorded || !existsSync(addonFile(root))) return false;
  const [hash, fact = '', size = ''] = recorded;
  if (String(statSync(addonFile(root)).size) !== size) return false;
  const archive = fact.split(' ')[0] ?? '';
  if (existsSync(archive) && archiveFact(archive) !== fact) return false;
  return hash === inputsHash(root);
}

/**
 * A folder that node-gyp takes for Node's headers, so that it never looks for them elsewhere: the running Node's
 * own, else one laid out here from npm's node-api-headers (all that an addon on N-API 8 includes).
 * @param {string} root
 */
export function findHeaders(root) {
  const own = resolve(dirname(process.execPath), '..');
  const wanted = ['node_api.h', 'common.gypi'].map((name) => join(own, 'include/node', name));
  if (wanted.every((file) => existsSync(file))) return own;
  const folder = join(root, 'build/nodedir');
  const include = join(folder, 'include/node');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'node_modules/node-api-headers/include'), include, { recursive: true });
  const release = "'Release': { 'defines': ['NDEBUG'] }, 'Debug': {}";
  const flags = "'cflags': ['-pthread'], 'ldflags': ['-pthread']";
  const defaults = `'default_configuration': 'Release', 'configurations': { ${release} }, ${flags}`;
  writeFileSync(join(include, 'common.gypi'), `{ 'target_defaults': { ${defaults} } }\n`);
  writeFileSync(join(include, 'config.gypi'), "{ 'target_defaults': {}, 'variables': {} }\n");
  return folder;
}

/**
 * Under `npm run` the environment holds npm's whole configuration, and node-gyp lets it overrule its command
 * line: a nodedir or target of the user's is not meant for this build.
 */
export function withoutNpmConfig() {
  const names = Object.keys(process.env).filter((name) => /^npm_(?:config|package_config)_/i.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/**
 * @param {string} root
 * @param {{ logs: string, stamp: string }} where
 */
export async function build(root, { logs, stamp }) {
  const unicorn = findUnicorn(root);
  if (unicorn === null) throw new SetupError('libunicorn.a has gone since it was looked for; start again.');
  writeStamp(stamp, null);
  const folder = nativeFolder(root);
  const log = join(logs, 'addon.log');
  const gyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  await runCommand({
    title: 'Building the addon (node-gyp)',
    command: process.execPath,
    args: [gyp, 'rebuild', '--release', `--nodedir=${findHeaders(root)}`, `--directory=${folder}`],
    env: { ...withoutNpmConfig(), UNICORN_ARCHIVE: unicorn.archive, UNICORN_INCLUDE: unicorn.include },
    cwd: root,
    log,
    advice: 'The compiler must know C++17 (g++ 9 or newer) and libunicorn be version 2.',
  });
  const built = join(folder, 'build/Release/vmtbench.node');
  await runCommand({
    title: 'Loading the addon once',
    command: process.execPath,
    args: ['-e', 'require(process.argv[1])', built],
    cwd: root,
    log: join(logs, 'addon-load.log'),
    advice: `The addon was built but does not load; how it was built: ${log}`,
  });
  // A running process keeps the old file: the new one takes its name and not its place.
  const target = addonFile(root);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(built, `${target}.new`);
  renameSync(`${target}.new`, target);
  const size = statSync(target).size;
  writeStamp(stamp, [inputsHash(root), archiveFact(unicorn.archive), size].join('\n'));
}
