// @ts-check
// What the set-up says while it works, and the commands it runs: a spinner with the elapsed time on a
// terminal, plain lines in a pipe, and the last lines of a command that failed.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const HEARTBEAT_MS = 15_000;

/** A set-up that cannot go on: said without a stack, exit status 2. */
export class SetupError extends Error {}

/** @param {number} since */
const elapsed = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Shows that a step is under way and the newest line of its output; returns what ends the display.
 * @param {string} title
 * @param {NodeJS.WriteStream} out
 */
function showProgress(title, out) {
  const since = performance.now();
  let line = '';
  let frame = 0;
  if (!out.isTTY) {
    out.write(`${title} ...\n`);
    const timer = setInterval(() => out.write(`  still busy after ${elapsed(since)}: ${line}\n`), HEARTBEAT_MS);
    return {
      update: (/** @type {string} */ text) => {
        line = text;
      },
      end: (/** @type {boolean} */ ok) => {
        clearInterval(timer);
        out.write(ok ? `  done in ${elapsed(since)}\n` : `  failed after ${elapsed(since)}\n`);
      },
    };
  }
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    const room = Math.max(10, (out.columns ?? 80) - 1);
    out.write(`\r\x1b[K${`${FRAMES[frame]} ${title}  ${elapsed(since)}  ${line}`.slice(0, room)}`);
  };
  const timer = setInterval(draw, 100);
  draw();
  return {
    update: (/** @type {string} */ text) => {
      line = text;
    },
    end: (/** @type {boolean} */ ok) => {
      clearInterval(timer);
      out.write(`\r\x1b[K${ok ? '✓' : '✗'} ${title}  ${elapsed(since)}\n`);
    },
  };
}

/**
 * Runs one command of a step; resolves when it exits 0.
 * @param {{ title: string, command: string, args: readonly string[], cwd: string, log: string, advice: string,
 *           env?: NodeJS.ProcessEnv }} step `log`: the file that keeps the whole output
 * @throws {SetupError} with the command, its last lines and `advice`
 */
export function runCommand(step) {
  const progress = showProgress(step.title, process.stderr);
  /** @type {string[]} */
  const lines = [];
  return new Promise((resolve, reject) => {
    const child = spawn(step.command, step.args, {
      cwd: step.cwd,
      env: { ...process.env, ...step.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (/** @type {string} */ line) => {
      if (line.trim() === '') return;
      lines.push(line);
      progress.update(line.trim());
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep);
    const finish = (/** @type {string | null} */ failure) => {
      progress.end(failure === null);
      mkdirSync(dirname(step.log), { recursive: true });
      writeFileSync(step.log, `${lines.join('\n')}\n`);
      if (failure === null) return resolve(undefined);
      const shown = [step.command, ...step.args].join(' ');
      const tail = lines.slice(-20).map((line) => `    ${line}`);
      const text = [`${step.title}: ${failure}`, `  command: ${shown}`, '  its last lines:', ...tail];
      reject(new SetupError([...text, `  the whole output: ${step.log}`, `  ${step.advice}`].join('\n')));
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) => finish(code === 0 ? null : `ended with ${signal ?? `status ${code}`}`));
  });
}

/**
 * The standard output of a short command, trimmed; null when it is missing or fails.
 * @param {string} command
 * @param {readonly string[]} args
 */
export function ask(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 ? result.stdout.trim() : null;
}

/**
 * Whether PATH has a program; starts nothing.
 * @param {string} name
 */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}
