// @ts-check
// Tries `vmtbench check`, with its default options, on small guests with the bugs that public guests had, and prints
// which it finds. See test/known-bugs/README.md.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileAll, isThere, LEVELS } from './known-bugs/build.mjs';
import { judge } from './known-bugs/judge.mjs';
import { knownBugs } from './known-bugs/list.mjs';
import { inShort, table } from './known-bugs/table.mjs';

const USAGE = `usage: node scripts/known-bugs.mjs [options]

  --bug NAME       only this one; may be repeated
  --cc COMMAND     the compiler: gcc (default) or clang
  --opt LEVEL      ${LEVELS.join(', ')} (default: O2)
  --prefix WORD    what all symbols and all keys of guestinfo begin with, in place of the names in the sources
  --jobs N         1 or 2 bugs at once (default: 2)
  --build FOLDER   keep the objects there
  --only-build     compile all with and without bug and marks, and try nothing
  --list           print what is known of the bugs, and try nothing
  --json           print JSON

Exit status: 0 all detected and all fixes clean, 1 not so, 2 wrong usage.`;

/** What is not asked for as it should be: said without a stack, exit status 2. */
class UsageError extends Error {}

function parseFlags() {
  try {
    return parseArgs({
      options: {
        bug: { type: 'string', multiple: true, default: [] },
        cc: { type: 'string', default: 'gcc' },
        opt: { type: 'string', default: 'O2' },
        prefix: { type: 'string', default: '' },
        jobs: { type: 'string', default: '2' },
        build: { type: 'string' },
        'only-build': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param {ReturnType<typeof parseFlags>} flags */
function checkFlags({ bug, opt, prefix, jobs, cc }) {
  if (!LEVELS.includes(opt)) throw new UsageError(`--opt is one of ${LEVELS.join(', ')}`);
  if (!/^([a-z]\w*)?$/.test(prefix)) throw new UsageError('--prefix is a word in lower case');
  if (!/^[12]$/.test(jobs)) throw new UsageError('--jobs is 1 or 2');
  if (!isThere(cc)) throw new UsageError(`there is no compiler ${cc}`);
  const all = knownBugs();
  const unknown = bug.find((name) => !all.some((known) => known.bug === name));
  if (unknown !== undefined) throw new UsageError(`there is no bug ${unknown}`);
  return bug.length === 0 ? all : all.filter((known) => bug.includes(known.bug));
}

/**
 * @param {import('./known-bugs/list.mjs').KnownBug[]} bugs
 * @param {import('./known-bugs/build.mjs').Build} build
 * @param {number} jobs
 */
async function judgeAll(bugs, build, jobs) {
  /** @type {Map<string, import('./known-bugs/judge.mjs').Verdict>} */
  const verdicts = new Map();
  const waiting = [...bugs];
  const work = async () => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const verdict = await judge(bug, build);
      verdicts.set(bug.bug, verdict);
      process.stderr.write(`${verdicts.size} of ${bugs.length}: ${bug.bug}: ${inShort(verdict)}\n`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return bugs.flatMap((bug) => {
    const verdict = verdicts.get(bug.bug);
    return verdict === undefined ? [] : [{ bug, verdict }];
  });
}

/** @param {import('./known-bugs/list.mjs').KnownBug[]} bugs */
const describe = (bugs) =>
  bugs
    .map(({ bug, kind, system, year, known, source, cost }) =>
      [`${bug}: ${kind}; ${system}, ${year ?? 'year not known'}`, `${known}: ${source}`, cost].join('\n  '),
    )
    .join('\n');

async function main() {
  const flags = parseFlags();
  if (flags.help) return console.log(USAGE);
  const bugs = checkFlags(flags);
  if (flags.list) return console.log(flags.json ? JSON.stringify(bugs, null, 2) : describe(bugs));
  const folder = flags.build ?? mkdtempSync(join(tmpdir(), 'vmtbench-known-bugs-'));
  mkdirSync(folder, { recursive: true });
  try {
    const build = { folder, compiler: flags.cc, level: flags.opt, prefix: flags.prefix };
    if (flags['only-build'])
      return console.log(
        JSON.stringify(
          bugs.map((bug) => compileAll(bug, build)),
          null,
          2,
        ),
      );
    const rows = await judgeAll(bugs, build, Number(flags.jobs));
    console.log(flags.json ? JSON.stringify({ ...build, rows }, null, 2) : table(rows));
    const isGood = rows.every(({ verdict }) => verdict.rules.length > 0 && verdict.fixClean === true);
    process.exitCode = isGood ? 0 : 1;
  } finally {
    if (flags.build === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  process.exitCode = error instanceof UsageError ? 2 : 3;
  console.error(error instanceof UsageError ? `known-bugs: ${error.message}` : error);
});
