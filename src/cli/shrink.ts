import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { Bench, invariantFlags, planOf } from '../bench/index.ts';
import { type ShrunkRun, shrink } from '../check/index.ts';
import { VmtbenchError } from '../errors.ts';
import { INVARIANTS, type InvariantName } from '../judge/index.ts';
import { benchOptionsOf, readTrace, runOptionsOf, scenarioYaml } from '../scenario/index.ts';
import { fileChunks, type PlainMap } from '../trace/index.ts';
import { repeatCommand } from './bench-options.ts';
import { refuseClashes } from './outputs.ts';
import { pc, print, printable, printJson } from './terminal.ts';
import { openTracedRun, type TracedRun } from './traced-bench.ts';

interface ShrinkFlags {
  readonly only?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** `vmtbench shrink TRACE`: the fewest and mildest lines of a plan that still show the same cause. */
export function shrinkCommand(): Command {
  return new Command('shrink')
    .description('find the fewest and mildest events, faults and preemptions that still show the same cause')
    .argument('<trace>', 'what --trace has written of a run with findings')
    .argument('[object]', 'the guest; by default the traced object, if it is found')
    .option('--only <text>', 'the cause whose name or title has that text; by default, the first')
    .option('-o, --output <file>', 'write the scenario there')
    .option('--json', 'print one JSON object')
    .action((file: string, path: string | undefined, flags: ShrinkFlags) => {
      refuseClashes([file, path], { '--output': flags.output });
      const whole = readTrace(fileChunks(file), file);
      const [command = ''] = whole.header.command ?? ['run'];
      if (command !== 'run') {
        throw new VmtbenchError('shrink.command', `the trace is of a ${command}`, 'Only a run has a plan to shrink.');
      }
      const traced = openTracedRun(file, whole, path);
      const rules = whole.records.flatMap((record) => (record.kind === 'finding' ? ruleOf(record.finding) : []));
      const shrunk = shrink(traced.options, traced.scenario, { only: flags.only, rules });
      const report = reportOf(traced, shrunk);
      if (flags.output !== undefined) writeFileSync(flags.output, report.scenario);
      if (flags.json === true) printJson(report);
      else printReport(report);
    });
}

const ruleOf = ({ invariant, kind }: PlainMap): string[] =>
  [invariant, kind].filter((name) => typeof name === 'string').slice(0, 1);

interface ShrinkReport extends Pick<ShrunkRun, 'before' | 'after' | 'runs'> {
  readonly cause: string;
  readonly title: string;
  readonly place: string | null;
  readonly events: readonly string[];
  readonly faults: readonly string[];
  readonly preemptions: readonly string[];
  readonly repeat: string;
  /** YAML. */
  readonly scenario: string;
}

function reportOf({ path, options, flags }: TracedRun, { scenario, cause, ...counts }: ShrunkRun): ShrinkReport {
  const { events, faults, preemptions } = scenario;
  const own = benchOptionsOf(scenario);
  const bench = new Bench({ ...options, ...own, guest: { ...options.guest, ...own.guest } });
  const plan = planOf(bench, runOptionsOf(scenario));
  bench.close();
  const rule = cause.verdict.invariant as InvariantName | undefined;
  const asked = rule !== undefined && INVARIANTS[rule]?.always === false ? [rule] : [];
  const command = ['run', path, '--for', plan.for, ...invariantFlags(asked)];
  const sources = (list: readonly { readonly source: string }[]): string[] => list.map(({ source }) => source);
  return {
    cause: cause.cause,
    title: cause.verdict.title,
    place: cause.place,
    ...counts,
    events: sources(events),
    faults: sources(faults),
    preemptions: sources(preemptions),
    repeat: repeatCommand(command, flags, plan),
    scenario: scenarioYaml(scenario),
  };
}

function printReport({ title, place, before, after, runs, repeat, scenario }: ShrinkReport): void {
  print(`${pc.bold(printable(title))}${place === null ? '' : ` at ${printable(place)}`}`);
  print(`${after} of ${before} events, faults and preemptions show it (${runs} runs)`);
  print(`repeat: ${pc.cyan(printable(repeat))}`);
  print();
  print(printable(scenario.trimEnd()));
}
