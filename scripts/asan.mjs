// @ts-check
// `npm run test:asan`: the addon, built with AddressSanitizer and UndefinedBehaviorSanitizer into a folder of its own,
// under the tests of the processor. Ends with "N passed, N failed"; a report of a sanitizer is a failure.
// What they watch is our own code and every block of the heap; the engine's archive is linked in as it is.

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHeaders, withoutNpmConfig } from './setup/addon.mjs';
import { filesUnder, fingerprint, readStamp, writeStamp } from './setup/stamp.mjs';
import { ask, runCommand, SetupError } from './setup/terminal.mjs';
import { findUnicorn } from './setup/unicorn.mjs';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const source = join(root, 'src/cpu/native');
const home = join(root, 'build/asan');
const copy = join(home, 'native');
const reports = join(home, 'reports');
/** node-gyp-build looks here when VMTBENCH_PREBUILD names `home`. */
const prebuilds = join(home, `prebuilds/linux-${process.arch}`);
const stamp = join(home, 'addon.stamp');

const SANITIZE = '-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer -g';

/** The addon with the sanitizers, from a copy of its sources: the build beside them stays the usual one. */
async function build() {
  const unicorn = findUnicorn(root);
  if (unicorn === null) throw new SetupError('libunicorn.a is missing: `npm run setup` brings it.');
  const files = filesUnder(source, (name) => /\.(?:cc|c|h|gyp)$/.test(name), ['build']);
  const inputs = fingerprint(files, [SANITIZE, unicorn.archive]);
  if (readStamp(stamp) === inputs) return;
  writeStamp(stamp, null);
  rmSync(copy, { recursive: true, force: true });
  cpSync(source, copy, { recursive: true, filter: (path) => path !== join(source, 'build') });
  // Without its symbols a report would name no function.
  const gyp = join(copy, 'binding.gyp');
  writeFileSync(gyp, readFileSync(gyp, 'utf8').replace(/^\s*'-s',\n/m, ''));
  await runCommand({
    title: 'Building the addon with sanitizers (node-gyp)',
    command: process.execPath,
    args: [
      join(root, 'node_modules/node-gyp/bin/node-gyp.js'),
      'rebuild',
      '--release',
      `--nodedir=${findHeaders(root)}`,
      `--directory=${copy}`,
    ],
    env: {
      ...withoutNpmConfig(),
      UNICORN_ARCHIVE: unicorn.archive,
      UNICORN_INCLUDE: unicorn.include,
      CFLAGS: SANITIZE,
      CXXFLAGS: SANITIZE,
      LDFLAGS: SANITIZE,
    },
    cwd: root,
    log: join(home, 'addon.log'),
    advice: "The compiler must have libasan and libubsan: Debian's gcc brings them.",
  });
  mkdirSync(prebuilds, { recursive: true });
  copyFileSync(join(copy, 'build/Release/vmtbench.node'), join(prebuilds, 'vmtbench.glibc.node'));
  writeStamp(stamp, inputs);
}

/**
 * The environment in which Node loads that addon, and the sanitizers before everything else.
 * @param {string} libasan
 */
const environment = (libasan) => ({
  ...process.env,
  VMTBENCH_PREBUILD: home,
  LD_PRELOAD: libasan,
  // Node frees little when it ends, and that is no leak of ours.
  ASAN_OPTIONS: `detect_leaks=0:log_path=${join(reports, 'asan')}`,
  UBSAN_OPTIONS: `print_stacktrace=1:halt_on_error=1:log_path=${join(reports, 'ubsan')}`,
});

/** Runs the tests of the processor on that addon. @returns {number} the exit status */
function test() {
  const libasan = ask('gcc', ['-print-file-name=libasan.so']);
  if (libasan === null || !libasan.startsWith('/')) throw new SetupError('gcc has no libasan.so here.');
  const results = join(home, 'results.json');
  rmSync(reports, { recursive: true, force: true });
  rmSync(results, { force: true });
  mkdirSync(reports, { recursive: true });
  const env = environment(libasan);
  const resolve = "console.log(require('node-gyp-build').resolve(process.argv[1]))";
  const loaded = spawnSync(process.execPath, ['-e', resolve, root], { cwd: root, env, encoding: 'utf8' });
  if (!loaded.stdout.startsWith(home)) throw new SetupError(`The tests would load ${loaded.stdout || loaded.stderr}`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--config', 'vitest.asan.config.ts', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: root, env, stdio: 'inherit' });
  const said = readdirSync(reports);
  for (const name of said) process.stdout.write(readFileSync(join(reports, name), 'utf8'));
  // A process that a sanitizer ended may have taken its tests along.
  const counts = [results, String(status ?? 1), '0', String(said.length)];
  const { status: verdict } = spawnSync(process.execPath, [join(root, '.ci/summary.mjs'), ...counts], {
    stdio: 'inherit',
  });
  return verdict ?? 1;
}

try {
  await build();
  process.exitCode = test();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
