import { Command, Option } from 'commander';
import { type Change, changesBetween, newFindings, USUAL_BUDGET } from '../check/index.ts';
import { withGuestFlags } from './bench-options.ts';
import { type CampaignFlags, type CheckReport, checkObject } from './check-campaign.ts';
import { type FileFlags, readBaseline, writeFiles } from './check-files.ts';
import { printChanges, printCheck } from './check-report.ts';
import { print, printJson } from './terminal.ts';

interface Flags extends CampaignFlags, FileFlags {
  readonly baseline?: string;
  readonly compare?: string;
  readonly json?: boolean;
}

/** `vmtbench check`: every fault at every port access. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('execute a driver with every fault at every port access, and report what it does not survive')
    .argument('<object>', "the guest: a driver's relocatable object");
  return withOutputFlags(withCampaignFlags(withGuestFlags(command))).action(async (path: string, flags: Flags) => {
    const { baseline } = flags;
    const before = baseline === undefined ? null : { path: baseline, found: readBaseline(baseline) };
    const report = await checkObject(path, flags);
    if (flags.compare !== undefined) return reportComparison(path, report, flags.compare, flags);
    if (before === null) return reportAll(path, report, flags);
    reportNew(path, report, changesBetween(before.found, report.findings), before.path, flags);
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
    .option('--json', 'print one JSON object')
    .option('--junit <file>', 'write the findings there as JUnit XML')
    .option('--sarif <file>', 'write the findings there as SARIF');

function reportAll(path: string, report: CheckReport, flags: Flags): void {
  writeFiles(path, report, flags);
  if (flags.json === true) printJson(report);
  else printCheck(report);
  setStatus(report.findings.length);
}

/** Reports what is new since the baseline. */
function reportNew(path: string, report: CheckReport, changes: Change[], baseline: string, flags: Flags): void {
  const findings = newFindings(report.findings, changes);
  writeFiles(path, { ...report, findings }, flags);
  if (flags.json === true) printJson({ ...report, changes });
  else {
    printCheck({ ...report, findings });
    printChanges(changes, baseline, path);
  }
  setStatus(findings.length);
}

/** Checks the other build and reports what it changes. */
async function reportComparison(path: string, report: CheckReport, other: string, flags: Flags): Promise<void> {
  const after = await checkObject(other, flags);
  const changes = changesBetween(report.findings, after.findings);
  const findings = newFindings(after.findings, changes);
  writeFiles(other, { ...after, findings }, flags);
  if (flags.json === true) printJson({ before: report, after, changes });
  else {
    printChanges(changes, path, other);
    print();
    printCheck({ ...after, findings }, 'new ');
  }
  setStatus(findings.length);
}

function setStatus(findings: number): void {
  if (findings > 0) process.exitCode = 1;
}
