// @ts-check
// What `vmtbench check` says of a known bug, as whoever has the command line would learn it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { compileAll, marksOf } from './build.mjs';
import { ROOT } from './list.mjs';

const MAIN = join(ROOT, 'dist/cli/main.js');
/** A check that takes longer is given up, and its bug is missed. */
const LIMIT_MINUTES = 20;

/** @typedef {{ kind: string, invariant?: string, title: string, runs: number }} Finding */
/** @typedef {{ runs: number, findings: Finding[] }} Checked */
/** @typedef {{ before: Checked, after: Checked, changes: { rule: string, healed: unknown[] }[] }} Compared */

/**
 * @typedef {object} Verdict
 * @property {number | null} reached in how many cases the bug's code was executed; null: not looked at
 * @property {number | null} triggered in how many cases what the bug takes has happened; null: not looked at
 * @property {string[]} rules the rules that tell the bug from its fix by default; none: missed
 * @property {number} found in how many cases they do
 * @property {number} cases how many there were
 * @property {boolean | null} fixClean whether nothing is found in the fix; null: not looked at
 * @property {string} [note] why the table says nothing
 */

/**
 * @param {string[]} args
 * @returns {Promise<{ report: any, refusal: string }>} what was printed as JSON, or why nothing was
 */
function vmtbench(args) {
  const options = { env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1 << 30, timeout: LIMIT_MINUTES * 60_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, ...args, '--json'], options, (error, stdout, stderr) => {
      if (error?.killed) resolve({ report: null, refusal: `the check has no end within ${LIMIT_MINUTES} minutes` });
      else if (error?.code === 2) resolve({ report: null, refusal: stderr.trim() });
      else if (error !== null && error.code !== 1) reject(new Error(`vmtbench ${args.join(' ')}\n${stderr}`));
      else resolve({ report: JSON.parse(stdout), refusal: '' });
    });
  });
}

/**
 * In how many cases a mark was met, null if that is not known. The call of a mark ends an execution; the other mark returns.
 *
 * @param {string} object
 * @param {string} mark
 * @param {string[]} kernel
 */
async function count(object, mark, kernel) {
  const marks = marksOf(object);
  if (!marks.has(mark)) return 0;
  const others = [...marks].filter((name) => name !== mark).flatMap((name) => ['--stub', `${name}=0`]);
  const { report } = await vmtbench(['check', object, ...kernel, ...others]);
  if (report === null) return null;
  const met = report.findings.filter((/** @type {Finding} */ { title }) => title.includes(mark));
  return met.reduce((/** @type {number} */ sum, /** @type {Finding} */ { runs }) => sum + runs, 0);
}

/**
 * @param {import('./list.mjs').KnownBug} bug
 * @param {import('./build.mjs').Build} build
 * @returns {Promise<Verdict>}
 */
export async function judge(bug, build) {
  const kernel = ['--kernel', bug.kernel, '--workers', '1'];
  const { bad, good, marked } = compileAll(bug, build);
  const { report, refusal } = await vmtbench(['check', bad, '--compare', good, ...kernel]);
  if (report === null)
    return { reached: null, triggered: null, rules: [], found: 0, cases: 0, fixClean: null, note: firstLine(refusal) };

  /** @type {Compared} */
  const { before, after, changes } = report;
  const rules = changes.filter(({ healed }) => healed.length > 0).map(({ rule }) => rule);
  const found = before.findings.filter(({ kind, invariant }) => rules.includes(invariant ?? kind));
  const triggered = await count(marked, 'mark_triggered', kernel);
  return {
    // What was triggered was reached: to count that too would be another check.
    reached: (triggered ?? 0) > 0 ? triggered : await count(marked, 'mark_reached', kernel),
    triggered,
    rules,
    found: Math.min(
      before.runs,
      found.reduce((sum, { runs }) => sum + runs, 0),
    ),
    cases: before.runs,
    fixClean: after.findings.length === 0,
  };
}

/** @param {string} text */
const firstLine = (text) => text.split('\n', 1)[0] ?? '';
