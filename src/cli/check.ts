import { Command, Option } from 'commander';
import {
  type CheckFinding,
  type Compared,
  causeChanges,
  changesBetween,
  EVIDENCE,
  type Evidence,
  newFindings,
  USUAL_BUDGET,
} from '../check/index.ts';
import { readObject } from '../scenario/index.ts';
import { withGuestFlags } from './bench-options.ts';
import { type CampaignFlags, type CheckReport, checkObject } from './check-campaign.ts';
import { type FileFlags, readBaseline, writeFiles } from './check-files.ts';
import { printChanges, printCheck } from './check-report.ts';
import { EarlyEnd } from './early-end.ts';
import { refuseClashes } from './outputs.ts';
import { print, printJson } from './terminal.ts';

interface Flags extends CampaignFlags, FileFlags {
  readonly baseline?: string;
  readonly compare?: string;
  readonly only?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly level: Evidence;
}

/** `vmtbench check`: every fault at every port access. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('execute a driver with every fault at every port access, and report what it does not survive')
    .argument('<object>', "the guest: a driver's relocatable object");
  return withOutputFlags(withCampaignFlags(withGuestFlags(command))).action(async (path: string, flags: Flags) => {
    const { baseline, compare } = flags;
    refuseClashes([path, compare, baseline, flags.scenario], { '--junit': flags.junit, '--sarif': flags.sarif });
    if (compare !== undefined) readObject(compare);
    const before = baseline === undefined ? null : { path: baseline, compared: readBaseline(baseline) };
    const end = new EarlyEnd(flags.time);
    try {
      const report = await checkObject(path, flags, end);
      if (compare !== undefined) await reportComparison(path, report, compare, flags, end);
      else if (before === null) reportAll(path, report, flags);
      else reportNew(path, report, before.compared, before.path, flags);
      if (end.exitStatus !== null) process.exitCode = end.exitStatus;
    } finally {
      end.close();
    }
  });
}

const withCampaignFlags = (command: Command): Command =>
  command
    .option('--scenario <file>', 'the plan of every run: a YAML file, or one that comes with vmtbench; flags add to it')
    .option('--for <time>', 'virtual time within which the check injects faults (default: 60s)')
    .addOption(new Option('--depth <n>', 'faults in one run, at most').choices(['1', '2']).default('1'))
    .option('--interleavings', 'also inject soft interrupts that preempt the driver after a port access')
    .option('--budget <n>', 'runs at most', String(USUAL_BUDGET))
    .option('--workers <n>', 'threads (default: one a core)')
    .option('--time <time>', 'real time, such as 10m: report what was found until then')
    .option('--no-sharing', 'execute each run whole: the same findings, much slower');

const withOutputFlags = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--baseline <file>',
        'an earlier --json: report only what is new since then; only that makes the exit status 1',
      ).conflicts('compare'),
    )
    .option('--compare <other>', 'another build: report what it heals, keeps and breaks')
    .option('--only <cause>', 'report one cause: its number in the table, or a part of its text')
    .option('--verbose', 'all symptoms, accesses and triggers of each cause')
    .addOption(
      new Option(
        '--level <class>',
        'how near to real hosts a fault must be to make the exit status 1: seen on them, plausible, or any',
      )
        .choices(EVIDENCE)
        .default('hostile'),
    )
    .option('--json', 'print one JSON object')
    .option('--junit <file>', 'write the findings there as JUnit XML')
    .option('--sarif <file>', 'write the findings there as SARIF');

function reportAll(path: string, report: CheckReport, flags: Flags): void {
  const shown = onlyOf(report, flags.only);
  writeFiles(path, shown, flags);
  if (flags.json === true) printJson(shown);
  else printCheck(shown, { verbose: flags.verbose === true, changes: null });
  setStatus(shown.findings, flags.level);
}

/** Reports what is new since the baseline. */
function reportNew(path: string, report: CheckReport, before: Compared, baseline: string, flags: Flags): void {
  const changes = changesBetween(before, comparedOf(report));
  const shown = onlyOf(report, flags.only);
  const fresh = newFindings(shown.findings, changes);
  writeFiles(path, { ...shown, findings: fresh }, flags);
  if (flags.json === true) printJson({ ...shown, changes });
  else {
    printCheck(shown, { verbose: flags.verbose === true, changes });
    printChanges(changes, causeChanges(before, comparedOf(report)), baseline, path);
  }
  setStatus(fresh, flags.level);
}

/** Checks the other build and reports what it changes. A check that ended early is not compared. */
async function reportComparison(
  path: string,
  before: CheckReport,
  other: string,
  flags: Flags,
  end: EarlyEnd,
): Promise<void> {
  const after = before.stopped === undefined ? await checkObject(other, flags, end) : null;
  const isWhole = after !== null && after.stopped === undefined;
  const [old, now] = [comparedOf(before), comparedOf(after ?? before)];
  const changes = isWhole ? changesBetween(old, now) : [];
  const last = onlyOf(after ?? before, flags.only);
  const fresh = isWhole ? newFindings(last.findings, changes) : last.findings;
  writeFiles(after === null ? path : other, { ...last, findings: fresh }, flags);
  if (flags.json === true) printJson({ before, after, changes });
  else {
    if (isWhole) printChanges(changes, causeChanges(old, now), path, other);
    else print('the check ended early: nothing is compared');
    print();
    printCheck(last, { verbose: flags.verbose === true, changes: isWhole ? changes : null });
  }
  setStatus(fresh, flags.level);
}

const comparedOf = ({ findings, ran, unexplored }: CheckReport): Compared => ({
  findings,
  ran,
  whole: unexplored === 0,
});

/** The part of a report that is of one cause: its number in the table, or a part of its text. */
function onlyOf(report: CheckReport, only: string | undefined): CheckReport {
  if (only === undefined) return report;
  const wanted = only.toLowerCase();
  const causes = report.causes.filter(({ cause }, index) =>
    /^\d+$/.test(only) ? index + 1 === Number(only) : cause.toLowerCase().includes(wanted),
  );
  const names = causes.map(({ cause }) => cause);
  return { ...report, causes, findings: report.findings.filter(({ cause }) => names.includes(cause)) };
}

function setStatus(findings: readonly CheckFinding[], level: Evidence): void {
  const counts = ({ evidence }: CheckFinding): boolean =>
    evidence === undefined || EVIDENCE.indexOf(evidence) <= EVIDENCE.indexOf(level);
  if (findings.some(counts)) process.exitCode = 1;
}
