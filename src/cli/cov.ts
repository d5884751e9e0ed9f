import { dirname } from 'node:path';
import { Command } from 'commander';
import {
  Bench,
  type BenchObserver,
  CodeCoverage,
  type HostInput,
  InputCoverage,
  refuseIdle,
  run,
} from '../bench/index.ts';
import { Executor, explore, type Subject, singleWorker } from '../check/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { ExecutedEdge, ObjectFile } from '../object/index.ts';
import { coverageText, disassemblyText, fileCoverage, writeCoverage } from '../report/index.ts';
import { loadScenario, NO_SCENARIO, runOptionsOf, type Scenario, shippedScenarios } from '../scenario/index.ts';
import { type BenchFlags, checkStubs, readRequest, withGuestFlags } from './bench-options.ts';
import { openSubject } from './check-subject.ts';
import { printInputs } from './inputs-text.ts';
import { collect, parseWhole } from './scenario-flags.ts';
import { pc, print, printable, printJson } from './terminal.ts';

interface CovFlags extends BenchFlags {
  readonly output?: string;
  readonly html?: string;
  readonly scenario?: readonly string[];
  readonly check?: string;
  readonly disassembly?: boolean;
  readonly json?: boolean;
}

/** `vmtbench cov OBJECT`: what runs, scenarios and a check reach of the driver, and which host inputs they try. */
export function covCommand(): Command {
  return withGuestFlags(new Command('cov'))
    .description("count what runs of the driver's source, and which host inputs it was given")
    .argument('<object>', "the guest: a driver's relocatable object")
    .option('-o, --output <file>', 'write lines, branches and functions as an lcov file')
    .option('--html <folder>', 'write them as pages of HTML')
    .option(
      '--scenario <file>',
      'run this scenario (a YAML file, one that comes with vmtbench, or all of those); may be repeated; without it, one run',
      collect,
    )
    .option('--for <time>', 'virtual time of each run')
    .option('--check <n>', 'a check of at most that many executions, too')
    .option('--disassembly', 'print each instruction with its count')
    .option('--json', 'print one JSON object')
    .action(async (path: string, flags: CovFlags) => {
      const coverage = await collectCoverage(path, flags);
      write(coverage, path, flags);
      if (flags.json === true) printJson(jsonOf(coverage));
      else printCoverage(coverage, flags);
    });
}

interface Coverage {
  readonly object: ObjectFile;
  readonly edges: readonly ExecutedEdge[];
  readonly inputs: readonly HostInput[];
  /** What was run. */
  readonly runs: readonly string[];
  readonly notes: readonly string[];
}

async function collectCoverage(path: string, flags: CovFlags): Promise<Coverage> {
  const code = new CodeCoverage();
  const inputs = new InputCoverage();
  const observer: BenchObserver = {
    opened: (bench) => {
      code.opened(bench);
      inputs.opened(bench);
    },
    closing: (bench) => code.closing(bench),
  };
  const runs: string[] = [];
  const notes: string[] = [];
  for (const { name, scenario } of scenariosOf(flags)) {
    const skipped = runScenario(path, flags, scenario, observer);
    if (skipped === null) runs.push(name);
    else if (flags.scenario?.includes('all') === true) notes.push(`${name} was not run: ${skipped.message}`);
    else throw skipped;
  }
  if (flags.check !== undefined) runs.push(await runCheck(path, flags, observer));
  const { options } = readRequest(path, flags, NO_SCENARIO);
  return { object: options.object, edges: code.edges, inputs: inputs.inputs, runs, notes };
}

interface NamedScenario {
  readonly name: string;
  readonly scenario: Scenario;
}

function scenariosOf({ scenario }: CovFlags): NamedScenario[] {
  if (scenario === undefined) return [{ name: 'one run', scenario: NO_SCENARIO }];
  const names = scenario.flatMap((name) => (name === 'all' ? shippedScenarios() : [name]));
  return [...new Set(names)].map((name) => ({ name, scenario: loadScenario(name) }));
}

/** @returns the error of a scenario that asks for what the guest does not have; null: it was run */
function runScenario(path: string, flags: CovFlags, base: Scenario, observer: BenchObserver): VmtbenchError | null {
  const { scenario, options } = readRequest(path, flags, base);
  let bench: Bench;
  try {
    bench = new Bench({ ...options, observer });
  } catch (error) {
    if (error instanceof VmtbenchError && error.code.startsWith('event.')) return error;
    throw error;
  }
  try {
    checkStubs(bench, flags.stub ?? []);
    refuseIdle(bench.guest);
    run(bench, runOptionsOf(scenario));
    return null;
  } finally {
    bench.close();
  }
}

/** In this thread alone: the counters are in the benches. */
async function runCheck(path: string, flags: CovFlags, observer: BenchObserver): Promise<string> {
  const budget = parseWhole('--check', flags.check ?? '', 1);
  const { scenario: _, ...benchFlags } = flags;
  const subject = openSubject(path, { ...benchFlags, sharing: true });
  const observed: Subject = { ...subject, bench: { ...subject.bench, observer } };
  const executor = new Executor(observed);
  const pool = singleWorker(executor);
  try {
    const { runs } = await explore(executor, pool, { depth: 1, budget });
    return `a check of ${runs} executions`;
  } finally {
    await pool.close();
  }
}

function write({ object, edges }: Coverage, path: string, { output, html }: CovFlags): void {
  if (output === undefined && html === undefined) return;
  const files = fileCoverage(object, edges);
  if (files.length === 0) {
    const hint = 'Compile it with -g, or read the table by function and --disassembly.';
    throw new VmtbenchError('cov.lines', `${path} has no debug information: it has no lines to count`, hint);
  }
  const folders = ['.', dirname(path)];
  if (output !== undefined) writeCoverage(files, { kind: 'lcov', file: output }, folders);
  if (html !== undefined) writeCoverage(files, { kind: 'html', folder: html }, folders);
}

function jsonOf({ object, edges, inputs, runs, notes }: Coverage): object {
  const files = fileCoverage(object, edges).map(({ file, lines, branches, functions }) => ({
    file,
    lines: Object.fromEntries(lines),
    branches,
    functions,
  }));
  return { runs, notes, files, inputs };
}

function printCoverage({ object, edges, inputs, runs, notes }: Coverage, { disassembly }: CovFlags): void {
  for (const note of notes) print(`${pc.yellow('note')} ${printable(note)}`);
  print(pc.bold(`${object.name}: ${printable(runs.join(', '))}`));
  print();
  for (const line of disassembly === true ? disassemblyText(object, edges) : coverageText(object, edges)) {
    print(printable(line));
  }
  print();
  printInputs(inputs);
}
