import type { Command } from 'commander';
import { Bench, type BenchOptions, commandLine, planFlags, planOf, startTrace } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { type GuestOptions, symbolHint } from '../guest/index.ts';
import type { Plan } from '../judge/index.ts';
import {
  benchOptionsOf,
  mergeScenarios,
  NO_SCENARIO,
  readObject,
  runOptionsOf,
  type Scenario,
} from '../scenario/index.ts';
import { fileSink, type TraceFile } from '../trace/index.ts';
import { refuseClashes } from './outputs.ts';
import { collect, type ScenarioFlags, scenarioOfFlags, withScenarioFlags } from './scenario-flags.ts';
import { parseStubs } from './stubs.ts';

/** The flags that every command with a guest has. */
export interface BenchFlags extends ScenarioFlags {
  readonly trace?: string;
  readonly stub?: readonly string[];
  readonly lenient?: boolean;
  /** False by --no-alternatives. */
  readonly alternatives: boolean;
  readonly regparm?: boolean;
  /** False by --no-memory-check. */
  readonly memoryCheck: boolean;
}

/** Adds the flags of {@link BenchFlags} to a command. */
export function withBenchFlags(command: Command): Command {
  return withGuestFlags(command).option('--trace <file>', 'store every port access there');
}

/** Adds the flags for the guest and its scenario. */
export function withGuestFlags(command: Command): Command {
  return withScenarioFlags(command)
    .option(
      '--stub <name=value>',
      'a function that returns 123 or 0x7b, or data: buf:64, hex:00ff or "text"; may be repeated',
      collect,
    )
    .option('--lenient', 'missing functions return 0, missing data holds 0, and the guest goes on')
    .option('--no-alternatives', 'Linux: leave the code as it was compiled, whatever CPUID says')
    .option('--regparm', 'i386: the object was compiled with -mregparm=3 (for Linux that is the default)')
    .option('--no-memory-check', 'do not check memory accesses: as a real machine, and a little faster');
}

/** A bench made by the flags, with the words that repeat it. */
export interface OpenedBench {
  readonly bench: Bench;
  /** The scenario merged with the flags. */
  readonly scenario: Scenario;
  readonly plan: Plan;
  /** The command line that repeats it. */
  readonly repeat: string;
}

/** The object, and the words of the command that repeat it. */
export interface BenchRequest {
  readonly path: string;
  readonly flags: BenchFlags;
  readonly command: readonly string[];
  /** The scenario that the flags extend. */
  readonly scenario?: Scenario;
  /** What a trace says of the command: its words without the object and the flags of {@link BenchFlags}. */
  readonly traced?: readonly string[];
  /** Further files that the command reads. */
  readonly inputs?: readonly string[];
  /** Rules beyond those of every run, by name. */
  readonly invariants?: readonly string[];
}

/**
 * Opens a bench, hands it to `use`, and always closes it and its trace.
 * @throws VmtbenchError for an object, kernel, option, event or fault that cannot be used.
 */
export function withBench<Result extends { readonly outcome: string }>(
  { path, flags, command, scenario: base = NO_SCENARIO, traced = ['run'], invariants = [], inputs = [] }: BenchRequest,
  use: (opened: OpenedBench) => Result,
): Result {
  refuseClashes([path, ...inputs], { '--trace': flags.trace });
  const { bytes, scenario, options } = readRequest(path, flags, base);
  const bench = new Bench(options);
  checkStubs(bench, flags.stub ?? []);
  const plan = planOf(bench, runOptionsOf(scenario));
  let file: TraceFile | null = null;
  try {
    if (flags.trace !== undefined) {
      file = fileSink(flags.trace);
      startTrace(bench, file.write, bytes, plan, { command: traced, stubs: flags.stub ?? [], invariants });
    }
    const result = use({ bench, scenario, plan, repeat: repeatCommand(command, flags, plan) });
    bench.trace?.writer.end(result.outcome, bench.now);
    bench.trace?.writer.flush();
    file?.close();
    return result;
  } finally {
    file?.discard();
    bench.close();
  }
}

/** The options of a bench. @throws VmtbenchError for an object or a word that cannot be used. */
export function readRequest(
  path: string,
  flags: BenchFlags,
  base: Scenario,
): { readonly bytes: Uint8Array; readonly scenario: Scenario; readonly options: BenchOptions } {
  const { object, bytes } = readObject(path);
  const scenario = mergeScenarios(base, scenarioOfFlags(flags));
  const options = benchOptionsOf(scenario);
  return { bytes, scenario, options: { object, ...options, guest: { ...options.guest, ...guestOptions(flags) } } };
}

function guestOptions(flags: BenchFlags): GuestOptions {
  return {
    ...parseStubs(flags.stub ?? []),
    lenient: flags.lenient === true,
    alternatives: flags.alternatives,
    regparm: flags.regparm === true,
    memoryChecker: flags.memoryCheck,
  };
}

/** The object must use or define what `--stub` names: a typing error would have no effect. */
export function checkStubs({ guest }: Bench, words: readonly string[]): void {
  for (const word of words) {
    const name = word.slice(0, word.indexOf('='));
    if (guest.symbol(name) !== null) continue;
    throw new VmtbenchError(
      'guest.stub',
      `${guest.object.name} neither uses nor has ${name}`,
      symbolHint(name, guest.object),
    );
  }
}

/** The command line that repeats a run: the words of the command, the plan, and the flags that are in no plan. */
export function repeatCommand(command: readonly string[], flags: BenchFlags, plan: Plan): string {
  return commandLine([
    ...command,
    ...planFlags(plan),
    ...(flags.stub ?? []).flatMap((stub) => ['--stub', stub]),
    ...(flags.lenient === true ? ['--lenient'] : []),
    ...(flags.alternatives ? [] : ['--no-alternatives']),
    ...(flags.regparm === true ? ['--regparm'] : []),
    ...(flags.memoryCheck ? [] : ['--no-memory-check']),
  ]);
}
