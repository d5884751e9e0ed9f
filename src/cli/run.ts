import { Command } from 'commander';
import { formatSeconds, parseTime, type RunReport, run, type Watcher } from '../scenario/index.ts';
import { type BenchFlags, withBench, withBenchFlags } from './bench-options.ts';
import { shellQuote } from './input.ts';
import { pc, print, printable, printFinding, printJson, stamp } from './terminal.ts';

interface RunFlags extends BenchFlags {
  readonly for: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `vmtbench run`: boot the guest, let it live, judge it. */
export function runCommand(): Command {
  return withBenchFlags(new Command('run'))
    .description('boot a compiled driver, let it live against the host, and judge it')
    .argument('<object>', "the guest: a driver's relocatable object")
    .option('--for <time>', 'virtual time to run, such as 90s or 10m', '60s')
    .option('--strict', 'exit 1 on near misses and on plans that did not come about, too')
    .option('--json', 'print one JSON object')
    .action((path: string, flags: RunFlags) => {
      const until = parseTime(flags.for);
      const command = ['run', path, '--for', flags.for];
      const report = withBench({ path, flags, command, duration: flags.for }, ({ bench, plan, repeat }) => {
        if (flags.json !== true) {
          const guessed = flags.kernel === undefined ? ' (guessed from its imports)' : '';
          print(pc.dim(`${shellQuote(path)}: kernel ${plan.kernel}${guessed}, host ${hostWords(plan.host)}`));
          bench.watchers.push(liveOutput());
        }
        return run(bench, { until, plan, repeat });
      });
      if (flags.json === true) printJson(jsonOf(report));
      else printReport(report);
      if (report.findings.length > 0 || (flags.strict === true && report.strict.length > 0)) process.exitCode = 1;
    });
}

const hostWords = (host: object): string =>
  Object.entries(host)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ') || 'as VMware';

/** The kernel's console, and what happens at the host in between. */
export function liveOutput(): Watcher {
  return {
    console: ({ at, text }) => print(`${stamp(at)} ${printable(text)}`),
    happening: ({ at, kind, text }) => {
      if (kind === 'event') print(`${stamp(at)} ${pc.yellow(`host: ${printable(text)}`)}`);
      else if (kind === 'broken' || kind === 'log') print(`${stamp(at)} ${pc.dim(`host: ${printable(text)}`)}`);
    },
  };
}

/** The report as `--json` prints it. */
export function jsonOf({ strict: _strict, ...json }: RunReport): object {
  return json;
}

function printReport(report: RunReport): void {
  print();
  for (const note of report.notes) print(`${pc.yellow('note')} ${printable(note)}`);
  for (const finding of report.findings) printFinding(finding);
  const { host, ports } = report;
  const counts = `${host.tcloOpens} TCLO and ${host.rpciOpens} RPCI channels opened, ${ports.accesses} port accesses`;
  const findings =
    report.findings.length === 0 ? pc.green('no findings') : pc.red(`${report.findings.length} findings`);
  print(
    `${report.outcome} after ${formatSeconds(report.virtualSeconds * 1e9)} virtual seconds: ${counts}, ${findings}`,
  );
}
