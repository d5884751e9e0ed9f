import { Command, Option } from 'commander';
import {
  type Change,
  type CheckFinding,
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
    const before = baseline === undefined ? null : { path: baseline, found: readBaseline(baseline) };
    const end = new EarlyEnd(flags.time);
    try {
      const report = await checkObject(path, flags, end);
      if (compare !== undefined) await reportComparison(path, report, compare, flags, end);
      else if (before === null) reportAll(path, report, flags);
      else reportNew(path, report, changesBetween(before.found, report.findings), before.path, flags);
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
  writeFiles(path, report, flags);
  if (flags.json === true) printJson(report);
  else printCheck(report);
  setStatus(report.findings, flags.level);
}

/** Reports what is new since the baseline. A check that ended early cannot tell what is healed. */
function reportNew(path: string, report: CheckReport, found: Change[], baseline: string, flags: Flags): void {
  const changes = report.stopped === undefined ? found : found.map((change) => ({ ...change, healed: [] }));
  const findings = newFindings(report.findings, changes);
  writeFiles(path, { ...report, findings }, flags);
  if (flags.json === true) printJson({ ...report, changes });
  else {
    printCheck({ ...report, findings });
    printChanges(changes, baseline, path);
  }
  setStatus(findings, flags.level);
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
  const changes = isWhole ? changesBetween(before.findings, after.findings) : [];
  const last = after ?? before;
  const findings = isWhole ? newFindings(after.findings, changes) : last.findings;
  writeFiles(after === null ? path : other, { ...last, findings }, flags);
  if (flags.json === true) printJson({ before, after, changes });
  else {
    if (isWhole) printChanges(changes, path, other);
    else print('the check ended early: nothing is compared');
    print();
    printCheck({ ...last, findings }, isWhole ? 'new ' : '');
  }
  setStatus(findings, flags.level);
}

function setStatus(findings: readonly CheckFinding[], level: Evidence): void {
  const counts = ({ evidence }: CheckFinding): boolean =>
    evidence === undefined || EVIDENCE.indexOf(evidence) <= EVIDENCE.indexOf(level);
  if (findings.some(counts)) process.exitCode = 1;
}
