// @ts-check
// Packs the package, installs it into an empty folder as a user without compiler, headers or pkg-config would, and
// runs it there: `vmtbench doctor`, and an access to the backdoor through the shipped addon.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'vmtbench-pack-'));
const npmFlags = ['--no-audit', '--no-fund', '--prefer-offline'];

/** What must not be in the package, and what must. */
const UNWANTED = [/^src\/cpu\/native\/build\//, /^test\//, /^bench\//, /\.tsbuildinfo$/, /^node_modules\//];
const WANTED = [
  'package.json',
  'LICENSE',
  'README.md',
  'dist/cli/main.js',
  'dist/cpu/index.d.ts',
  'scenarios/dead-channel.yaml',
  'dist/vitest/index.js',
  'examples/driver.test.ts',
];

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, path?: string }} where
 */
function run(command, args, { cwd, path }) {
  const env = { ...process.env, PATH: path ?? process.env.PATH };
  // A prebuilt addon named by the environment would hide that the package has none.
  delete env.VMTBENCH_PREBUILD;
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (result.status === 0) return result.stdout;
  const output = [result.error?.message, result.stdout, result.stderr].filter(Boolean).join('\n');
  throw new Error(`${command} ${args.join(' ')} ended with status ${result.status}\n${output}`);
}

/** A PATH on which only Node, npm and a shell can be found: no compiler, no make, no python. */
function barePath() {
  const folder = join(scratch, 'bin');
  mkdirSync(folder);
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const name of ['npm', 'npx', 'sh', 'env']) {
    const found = run('sh', ['-c', `command -v ${name}`], { cwd: scratch }).trim();
    symlinkSync(found, join(folder, name));
  }
  return folder;
}

function check() {
  const packed = run('npm', ['pack', '--json', '--pack-destination', scratch], { cwd: root });
  const [{ filename, size, unpackedSize, files }] = JSON.parse(packed.slice(packed.indexOf('[')));
  /** @type {string[]} */
  const paths = files.map((/** @type {{ path: string }} */ file) => file.path);
  const wanted = [...WANTED, `prebuilds/linux-${process.arch}/vmtbench.glibc.node`];
  const missing = wanted.filter((path) => !paths.includes(path));
  const unwanted = paths.filter((path) => UNWANTED.some((pattern) => pattern.test(path)));
  if (missing.length > 0) throw new Error(`The package lacks ${missing.join(', ')}`);
  if (unwanted.length > 0) throw new Error(`The package must not hold ${unwanted.join(', ')}`);
  console.log(
    `${filename}: ${paths.length} files, ${(size / 1024).toFixed(0)} KiB packed, ${(unpackedSize / 1024).toFixed(0)} KiB unpacked`,
  );

  const user = join(scratch, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  const path = barePath();
  run('npm', ['install', ...npmFlags, join(scratch, filename)], { cwd: user, path });
  const { dependencies } = JSON.parse(readFileSync(join(user, 'package.json'), 'utf8'));
  if (!dependencies?.vmtbench) throw new Error('npm installed nothing');

  console.log(run('npx', ['--no-install', 'vmtbench', 'doctor'], { cwd: user, path }).trimEnd());
  // in (%dx),%eax with GETVERSION's registers: the whole way from the guest instruction to the host and back.
  const call = ['--set', 'eax=0x564d5868', '--set', 'ecx=10', '--set', 'edx=0x5658', '--json'];
  const output = run('npx', ['--no-install', 'vmtbench', 'exec', 'ed', ...call], { cwd: user, path });
  if (JSON.parse(output).registers?.ebx !== '0x564d5868') throw new Error(`the backdoor did not answer:\n${output}`);
  console.log('vmtbench exec: the backdoor answered');
}

try {
  check();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
