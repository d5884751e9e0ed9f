// @ts-check
// The evaluation of the fuzzer: configurations against targets, several trials each with published seeds. Every trial is
// a row of a CSV, written when it is over: a second start goes on where the first one ended. Executions to a bug count
// first, seconds second. A trial that did not find it is censored: its row has the budget and an empty place for the bug.

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const USAGE = `usage: node scripts/fuzz-eval.mjs [--smoke] [--out FILE.csv] [--trials N] [--executions N] [--pair BUG.o FIX.o]

  --smoke          two trials of few executions: shows that the evaluation itself works
  --pair BUG FIX   other people's objects: a cause that FIX shows, too, is no bug of BUG`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const COLUMNS = 'target,engine,trial,seed,budget,executions,seconds,edges,lines,rule,cause,found_at\n';
const ENGINES = ['libfuzzer', 'afl', 'blind'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    out: { type: 'string', default: 'build/fuzz-eval.csv' },
    trials: { type: 'string' },
    executions: { type: 'string' },
    pair: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}

/** @type {{ name: string, bug: string, fix: string | null }[]} */
const targets =
  values.pair === undefined
    ? ['vmt', 'vmt-netbsd'].map((face) => ({
        name: face,
        bug: `fixtures/kernels/${face}-unpatched-amd64.o`,
        fix: face === 'vmt' ? 'fixtures/kernels/vmt-hardened-amd64.o' : null,
      }))
    : [{ name: values.pair, bug: values.pair, fix: positionals[0] ?? null }];
const trials = Number(values.trials ?? (values.smoke ? 2 : 10));
const budget = Number(values.executions ?? (values.smoke ? 400 : 100_000));
const out = resolve(root, values.out);

mkdirSync(dirname(out), { recursive: true });
if (!existsSync(out)) writeFileSync(out, COLUMNS);
const done = new Set(
  readFileSync(out, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(0, 5).join()),
);

/**
 * One campaign from the empty corpus.
 * @param {string} object @param {string} engine @param {number} seed
 */
function campaign(object, engine, seed) {
  const folder = join(root, 'build/fuzz-eval', `${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  const args = ['fuzz', object, '--engine', engine, '--executions', String(budget), '--engine-seed', String(seed)];
  const main = join(root, 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--corpus', folder, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0 && status !== 1) throw new Error(`${engine} on ${object} ended with status ${status}:\n${stderr}`);
  return JSON.parse(stdout);
}

/** @param {unknown} text */
const cell = (text) => `"${String(text).replaceAll('"', "'")}"`;

for (const { name, bug, fix } of targets) {
  // What the fixed build shows, too, is no bug that the fix removes.
  const known = new Set(
    fix === null ? [] : campaign(fix, 'blind', 1).findings.map((/** @type {{ cause: string }} */ { cause }) => cause),
  );
  for (const engine of ENGINES) {
    for (let trial = 1; trial <= trials; trial++) {
      const seed = 1000 + trial;
      const key = [name, engine, trial, seed, budget].join();
      if (done.has(key)) continue;
      const report = campaign(bug, engine, seed);
      const found = report.findings.filter((/** @type {{ cause: string }} */ { cause }) => !known.has(cause));
      const { executions, seconds, edges, lines } = report;
      const head = [key, executions, seconds, edges, lines ?? ''].join();
      const rows = found.map(
        (/** @type {{ invariant?: string, kind: string, cause: string, execution: number }} */ finding) =>
          [head, finding.invariant ?? finding.kind, cell(finding.cause), finding.execution].join(),
      );
      appendFileSync(out, `${(rows.length === 0 ? [`${head},,,`] : rows).join('\n')}\n`);
      process.stderr.write(`${name} ${engine} trial ${trial}: ${found.length} causes in ${executions} executions\n`);
    }
  }
}
process.stdout.write(`${out}\n`);
