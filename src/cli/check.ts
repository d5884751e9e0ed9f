import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import {
  type CampaignReport,
  type Change,
  changesBetween,
  Executor,
  explore,
  junitOf,
  newFindings,
  parseBaseline,
  sarifOf,
  singleWorker,
  threadPool,
  type WorkerPool,
} from '../check/index.ts';
import { VmtbenchError } from '../errors.ts';
import { withGuestFlags } from './bench-options.ts';
import { ProgressLine, printChanges, printCheck } from './check-report.ts';
import { type CheckFlags, openSubject } from './check-subject.ts';
import { parseWhole } from './scenario-flags.ts';
import { print, printJson } from './terminal.ts';
import { version } from './version.ts';

interface Flags extends Omit<CheckFlags, 'budget'> {
  readonly depth: '1' | '2';
  /** Lives: no budget of a call, as other commands have. */
  readonly budget: string;
  readonly workers?: string;
  readonly baseline?: string;
  readonly compare?: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly sarif?: string;
}

/** What `--json` prints. */
export interface CheckReport extends CampaignReport {
  readonly seconds: number;
}

/** `vmtbench check`: every fault at every access. */
export function checkCommand(): Command {
  return withGuestFlags(new Command('check'))
    .description("live a driver's life with every fault at every port access, and tell what it does not survive")
    .argument('<object>', "the guest: a driver's relocatable object")
    .option('--scenario <file>', 'the life: a YAML file, or one that comes with vmtbench; flags add to it')
    .option('--for <time>', 'virtual time within which faults strike (default: 60s)')
    .addOption(new Option('--depth <n>', 'faults in one life, at most').choices(['1', '2']).default('1'))
    .option('--interleavings', 'let soft interrupts come in between behind port accesses, too')
    .option('--budget <n>', 'lives to live, at most', '20000')
    .option('--workers <n>', 'threads (default: one a core)')
    .addOption(
      new Option(
        '--baseline <file>',
        'an earlier --json: only what is new since then is told, and makes the exit status 1',
      ).conflicts('compare'),
    )
    .option('--compare <other>', 'another build: tell what is healed, kept and broken from the object to it')
    .option('--json', 'print one JSON object')
    .option('--junit <file>', 'write the findings there as JUnit XML')
    .option('--sarif <file>', 'write the findings there as SARIF')
    .action(async (path: string, flags: Flags) => {
      const before = flags.baseline === undefined ? null : readBaseline(flags.baseline);
      const report = await check(path, flags);
      if (flags.compare !== undefined) return compare(path, report, flags.compare, flags);
      const changes = before === null ? null : changesBetween(before, report.findings);
      const findings = changes === null ? report.findings : newFindings(report.findings, changes);
      write(path, { ...report, findings }, flags);
      if (flags.json === true) printJson(changes === null ? report : { ...report, changes });
      else {
        printCheck({ ...report, findings });
        if (changes !== null) printChanges(changes, flags.baseline ?? '', path);
      }
      if (findings.length > 0) process.exitCode = 1;
    });
}

/** The other build, and what changed on the way to it. */
async function compare(path: string, report: CheckReport, other: string, flags: Flags): Promise<void> {
  const after = await check(other, flags);
  const changes: Change[] = changesBetween(report.findings, after.findings);
  const findings = newFindings(after.findings, changes);
  write(other, { ...after, findings }, flags);
  if (flags.json === true) printJson({ before: report, after, changes });
  else {
    printChanges(changes, path, other);
    print();
    printCheck({ ...after, findings }, 'new ');
  }
  if (findings.length > 0) process.exitCode = 1;
}

async function check(path: string, flags: Flags): Promise<CheckReport> {
  const started = performance.now();
  const { budget, ...benchFlags } = flags;
  const subject = openSubject(path, benchFlags);
  const { before, variants } = subject;
  const options = {
    depth: flags.depth === '2' ? 2 : 1,
    budget: parseWhole('--budget', budget, 1),
    before,
    variants: variants.length,
  } as const;
  const executor = new Executor(subject);
  if (!executor.attaches) {
    executor.close();
    const hint = 'See what it asks with vmtbench run; --kernel and --host say what it should find.';
    throw new VmtbenchError('check.attach', 'the driver did not attach: its match function found no device', hint);
  }
  const pool = poolFor(path, benchFlags, flags.workers, executor);
  const progress = new ProgressLine();
  try {
    const report = await explore(executor, pool, options, (now) => progress.show(now));
    return { ...report, seconds: Math.round(performance.now() - started) / 1000 };
  } finally {
    progress.clear();
    await pool.close();
  }
}

function poolFor(path: string, flags: CheckFlags, workers: string | undefined, executor: Executor): WorkerPool {
  const size = workers === undefined ? availableParallelism() : parseWorkers(workers);
  const script = new URL('./check-worker.js', import.meta.url);
  // Threads run what was compiled; from the sources all is done in this one.
  if (size === 1 || !existsSync(script)) return singleWorker(executor);
  return threadPool(executor, size - 1, script, { path, flags });
}

/** Each has a guest of its own: more of them than cores only cost memory. */
const MOST_WORKERS = 64;

/** @throws VmtbenchError `flag` */
function parseWorkers(text: string): number {
  const workers = parseWhole('--workers', text, 1);
  if (workers <= MOST_WORKERS) return workers;
  throw new VmtbenchError(
    'flag',
    `--workers ${text} is too many`,
    `Give it ${MOST_WORKERS} at most; one a core is best.`,
  );
}

/** The files that were asked for. */
function write(path: string, { findings, seconds }: CheckReport, flags: Flags): void {
  if (flags.junit !== undefined) writeFile(flags.junit, junitOf(path, findings, seconds));
  if (flags.sarif !== undefined) {
    writeFile(flags.sarif, `${JSON.stringify(sarifOf(path, version, findings), null, 2)}\n`);
  }
}

/** @throws VmtbenchError `output` */
function writeFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new VmtbenchError('output', `${path} cannot be written`, (cause as Error).message, { cause });
  }
}

/** @throws VmtbenchError `baseline` */
function readBaseline(path: string): ReturnType<typeof parseBaseline> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new VmtbenchError('baseline', `${path} cannot be read`, (cause as Error).message, { cause });
  }
  return parseBaseline(text, path);
}
