// @ts-check
// Makes a fresh clone ready, on a Debian 12 or 13 with nothing but git and Node 20: Debian packages, npm packages, the
// addon, the compiled TypeScript. Every step looks first whether it is needed, so that a second run starts at once.
// Runs before node_modules exists: Node alone, no dependency. Everything comes from apt and npm.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as addon from './setup/addon.mjs';
import { BENCHMARKS, compile, isCompiled, LIBRARY } from './setup/compile.mjs';
import * as counterparts from './setup/counterparts.mjs';
import * as npm from './setup/npm.mjs';
import { BUILD_PACKAGES, commandToType, installPackages, missingPackages, PYTHON_PACKAGES } from './setup/packages.mjs';
import { SetupError } from './setup/terminal.mjs';
import { fetchUnicorn, findUnicorn, isFromSystem, WANTED_VERSION } from './setup/unicorn.mjs';

const USAGE = `usage: node scripts/setup.mjs [--quiet] [--dry-run] [--bench] [--also PACKAGE]...

  --quiet          say nothing when there is nothing to do
  --dry-run        print what would be done, and do nothing
  --bench          make the benchmarks ready too, with their C and Python counterparts
  --also PACKAGE   a further Debian package that must be installed`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const logs = join(root, 'build/setup');
const stampOf = (/** @type {string} */ step) => join(logs, `${step}.stamp`);

/**
 * @typedef {object} Step
 * @property {string} plan what a dry run says
 * @property {readonly string[]} needs Debian packages that the step needs while it runs
 * @property {() => boolean} isDone
 * @property {() => Promise<unknown>} run
 */

/** @param {{ bench: boolean }} options @returns {Step[]} */
function stepsFor({ bench }) {
  const isLinked = () =>
    addon.isBuilt(root, stampOf('addon')) && (!bench || counterparts.isBuilt(root, stampOf('counterpart')));
  const needs = [...(isFromSystem() ? ['libunicorn-dev'] : []), ...Object.keys(BUILD_PACKAGES)];
  /** @type {Step[]} */
  const steps = [
    {
      plan: 'npm ci',
      needs: [],
      isDone: () => npm.isInstalled(root),
      run: () => npm.install(root, logs),
    },
    {
      plan: `fetch libunicorn ${WANTED_VERSION} from Debian 13's archive`,
      needs: [],
      isDone: () => isFromSystem() || findUnicorn(root) !== null || isLinked(),
      run: () => fetchUnicorn(root, logs),
    },
    {
      plan: 'build the addon from src/cpu/native and libunicorn.a',
      needs,
      isDone: () => addon.isBuilt(root, stampOf('addon')),
      run: () => addon.build(root, { logs, stamp: stampOf('addon') }),
    },
    {
      plan: 'compile src to dist',
      needs: [],
      isDone: () => isCompiled(root, LIBRARY, stampOf('library')),
      run: () => compile(root, LIBRARY, { logs, stamp: stampOf('library') }),
    },
  ];
  if (!bench) return steps;
  return [
    ...steps,
    {
      plan: 'compile bench to build/bench',
      needs: [],
      isDone: () => isCompiled(root, BENCHMARKS, stampOf('bench')),
      run: () => compile(root, BENCHMARKS, { logs, stamp: stampOf('bench') }),
    },
    {
      plan: "compile the benchmarks' C counterparts",
      needs: [...needs, 'gcc'],
      isDone: () => counterparts.isBuilt(root, stampOf('counterpart')),
      run: () => counterparts.build(root, { logs, stamp: stampOf('counterpart') }),
    },
  ];
}

/** Two set-ups at once would build into the same folders: the second waits for the first. */
async function takeLock() {
  const lock = join(root, 'build/setup.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (let notified = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(lock, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (!isAlive(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!notified) process.stderr.write('Another set-up of this folder is running; waiting for it ...\n');
    notified = true;
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

/** @param {string} lock */
function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      quiet: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      bench: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      also: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  if (process.platform !== 'linux') throw new SetupError('vmtbench builds on Linux only (libunicorn.a, glibc).');
  const steps = stepsFor({ bench: values.bench });
  const also = values.bench ? [...values.also, ...PYTHON_PACKAGES] : values.also;

  const findMissing = (/** @type {Step[]} */ todo) =>
    missingPackages([...new Set([...todo.flatMap((step) => step.needs), ...also])]);
  const todo = steps.filter((step) => !step.isDone());
  const missing = findMissing(todo);
  if (values['dry-run']) {
    const plans = todo.map((step) => step.plan);
    if (missing.length > 0) plans.unshift(`install ${missing.join(' ')}: ${commandToType(missing)}`);
    const text = plans.length > 0 ? plans.map((plan) => `would ${plan}`).join('\n') : 'nothing to do';
    return void process.stdout.write(`${text}\n`);
  }

  if (todo.length === 0 && missing.length === 0) {
    if (!values.quiet) process.stderr.write('Set-up: everything is in place.\n');
    return;
  }
  await takeLock();
  // Another set-up may have done it all in the meantime: look again.
  const lacking = findMissing(steps.filter((step) => !step.isDone()));
  if (lacking.length > 0) await installPackages(lacking, { root, logs });
  for (const step of steps) if (!step.isDone()) await step.run();
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!isUsage && !(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n${isUsage ? `${USAGE}\n` : ''}`);
  process.exitCode = 2;
}
