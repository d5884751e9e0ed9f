import { Command } from 'commander';
import { type Bench, invariantFlags, type RunReport, refuseIdle, run, shellQuote } from '../bench/index.ts';
import { checkInvariant, INVARIANTS, type Watcher } from '../judge/index.ts';
import { formatSeconds } from '../plan/index.ts';
import { loadScenario, NO_SCENARIO, runOptionsOf, USUAL_DURATION } from '../scenario/index.ts';
import { type BenchFlags, withBench, withBenchFlags } from './bench-options.ts';
import { LineFolder } from './fold.ts';
import { budgetOption, collect } from './scenario-flags.ts';
import { printSites } from './sites-text.ts';
import { pc, print, printable, printFinding, printJson, stamp } from './terminal.ts';

interface RunFlags extends BenchFlags {
  readonly scenario?: string;
  readonly invariant?: readonly string[];
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The rules that judge on request only. */
const MORE = Object.entries(INVARIANTS).flatMap(([name, { always }]) => (always ? [] : [name]));

/** `vmtbench run`: boot the guest, run it, judge it. */
export function runCommand(): Command {
  return withBenchFlags(new Command('run'))
    .description('boot a compiled driver, run it against the host, and judge it')
    .argument('<object>', "the guest: a driver's relocatable object")
    .option('--scenario <file>', 'a scenario: a YAML file, or one that comes with vmtbench; flags add to it')
    .option('--for <time>', `virtual time to run, such as 90s or 10m (default: ${USUAL_DURATION})`)
    .option('--invariant <name>', `a rule beyond those of every run (${MORE.join(', ')}); may be repeated`, collect)
    .option('--expect <expectation>', 'what the run shows, such as recovers or "tcloOpens=2"; may be repeated', collect)
    .addOption(budgetOption())
    .option('--strict', 'exit 1 on near misses, faults and events that never triggered, too')
    .option('--quiet', 'print findings only')
    .option('--json', 'print one JSON object')
    .action((path: string, flags: RunFlags) => {
      const base = flags.scenario === undefined ? NO_SCENARIO : loadScenario(flags.scenario);
      const invariants = (flags.invariant ?? []).map(checkInvariant);
      const duration = flags.for ?? base.for ?? USUAL_DURATION;
      const command = ['run', path, '--for', duration, ...invariantFlags(invariants)];
      const inputs = flags.scenario === undefined ? [] : [flags.scenario];
      const request = { path, flags, command, scenario: base, invariants, inputs };
      const live: LiveOutput[] = [];
      const report = withBench(request, ({ bench, scenario, plan, repeat }) => {
        if (flags.json !== true && flags.quiet !== true) {
          const guessed = scenario.kernel === undefined ? ' (guessed from its imports)' : '';
          if (scenario.title !== undefined) print(pc.bold(printable(scenario.title)));
          print(pc.dim(`${shellQuote(path)}: kernel ${plan.kernel}${guessed}, host ${hostWords(plan.host)}`));
          live.push(liveOutput(bench));
          bench.watchers.push(...live);
        }
        refuseIdle(bench.guest);
        return run(bench, { ...runOptionsOf(scenario), repeat, invariants });
      });
      for (const output of live) output.end();
      if (flags.json === true) printJson(jsonOf(report));
      else if (flags.quiet === true) for (const finding of report.findings) printFinding(finding);
      else printReport(report);
      if (report.findings.length > 0 || (flags.strict === true && report.strict.length > 0)) process.exitCode = 1;
    });
}

const hostWords = (host: object): string =>
  Object.entries(host)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ') || 'as VMware';

/** Prints what happens as it comes. */
export interface LiveOutput extends Watcher {
  /** Says what was folded last. */
  end(): void;
}

/** Prints the kernel's console and the host's events as they come, repeats folded. */
export function liveOutput(bench: Bench): LiveOutput {
  const folder = new LineFolder(print);
  const show = (at: number, text: string, color = (plain: string) => plain): void =>
    folder.add(`${stamp(at)} ${color(printable(text))}`, text);
  return {
    console: ({ at, text }) => show(at, text),
    preempted: ({ pc: place, function: target }) =>
      show(bench.now, `${bench.where(target)} preempts ${bench.where(place)}`, pc.yellow),
    hostEvent: ({ at, kind, text }) => {
      if (kind === 'event') show(at, `host: ${text}`, pc.yellow);
      else if (kind === 'broken' || kind === 'log') show(at, `host: ${text}`, pc.dim);
    },
    end: () => folder.end(),
  };
}

/** The report as `--json` prints it, its keys in the documented order. */
export function jsonOf({ strict: _strict, outcome, virtualSeconds, console, findings, ...rest }: RunReport): object {
  return { outcome, virtualSeconds, console, findings, ...rest };
}

/** How a run ended, for people: what it found stands above, and is counted. */
const ENDINGS: Readonly<Record<RunReport['outcome'], string>> = {
  completed: 'completed',
  halted: 'halted',
  finding: 'ended',
};

function printReport(report: RunReport): void {
  print();
  for (const note of report.notes) print(`${pc.yellow('note')} ${printable(note)}`);
  for (const finding of report.findings) printFinding(finding);
  const { host, ports } = report;
  const counts = `${host.tcloOpens} TCLO and ${host.rpciOpens} RPCI channels opened, ${ports.accesses} port accesses`;
  printSites(report.sites);
  const findings =
    report.findings.length === 0
      ? pc.green('no findings')
      : pc.red(`${report.findings.length} finding${report.findings.length === 1 ? '' : 's'}`);
  print(
    `${ENDINGS[report.outcome]} after ${formatSeconds(report.virtualSeconds * 1e9)} virtual seconds: ${counts}, ${findings}`,
  );
}
