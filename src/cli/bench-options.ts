import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { Bench, type BenchOptions, commandLine, planFlags, planOf } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { GuestOptions } from '../guest/index.ts';
import type { Plan } from '../judge/index.ts';
import {
  benchOptionsOf,
  mergeScenarios,
  NO_SCENARIO,
  readObject,
  runOptionsOf,
  type Scenario,
} from '../scenario/index.ts';
import { fileSink, type TraceFile, TraceRecorder, TraceWriter } from '../trace/index.ts';
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

/** Adds those that say what the guest is and lives through. */
export function withGuestFlags(command: Command): Command {
  return withScenarioFlags(command)
    .option(
      '--stub <name=value>',
      'a function that returns 123 or 0x7b, or data: buf:64, hex:00ff or "text"; may be repeated',
      collect,
    )
    .option('--lenient', 'symbols that nobody wrote return 0, or hold 0, and the guest goes on')
    .option('--no-alternatives', 'Linux: leave the code as it was compiled, whatever CPUID says')
    .option('--regparm', 'i386: the object was compiled with -mregparm=3 (Linux is so without it)')
    .option('--no-memory-check', 'let the guest write where it likes, as a real machine does, and a little faster');
}

/** A bench as the flags ask for it, with what repeats it. */
export interface OpenedBench {
  readonly bench: Bench;
  /** The scenario with the flags upon it. */
  readonly scenario: Scenario;
  readonly plan: Plan;
  /** The command line again. */
  readonly repeat: string;
}

/** What the flags are for: the object, and the words of the command that repeat it. */
export interface BenchRequest {
  readonly path: string;
  readonly flags: BenchFlags;
  readonly command: readonly string[];
  /** What the flags are put upon. */
  readonly scenario?: Scenario;
}

/**
 * Opens a bench, hands it to `use`, and closes it and its trace, whatever comes of it.
 * @throws VmtbenchError for an object, kernel, option, event or fault that cannot be used.
 */
export function withBench<Result extends { readonly outcome: string }>(
  { path, flags, command, scenario: base = NO_SCENARIO }: BenchRequest,
  use: (opened: OpenedBench) => Result,
): Result {
  const { bytes, scenario, options } = readRequest(path, flags, base);
  const bench = new Bench(options);
  checkStubs(bench, flags.stub ?? []);
  const plan = planOf(bench, runOptionsOf(scenario));
  let file: TraceFile | null = null;
  try {
    if (flags.trace !== undefined) {
      refuseOverwriting(flags.trace, path);
      file = fileSink(flags.trace);
      startTrace(file, bench, createHash('sha256').update(bytes).digest('hex'), plan);
    }
    const result = use({ bench, scenario, plan, repeat: repeatCommand(command, flags, plan) });
    bench.trace?.writer.end(result.outcome);
    return result;
  } finally {
    file?.close();
    bench.close();
  }
}

/** What a bench is built from. @throws VmtbenchError for an object or a word that cannot be used. */
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

/** What `--stub` names must be something that the object uses or has: a slip of the finger would do nothing. */
export function checkStubs({ guest }: Bench, words: readonly string[]): void {
  for (const word of words) {
    const name = word.slice(0, word.indexOf('='));
    if (guest.symbol(name) !== null) continue;
    const hint = 'List what the object uses and has with nm.';
    throw new VmtbenchError('guest.stub', `${guest.object.name} neither uses nor has ${name}`, hint);
  }
}

/** A trace would take the place of the object that it is of. */
function refuseOverwriting(trace: string, object: string): void {
  if (!existsSync(trace) || realpathSync(trace) !== realpathSync(object)) return;
  throw new VmtbenchError('trace.unwritable', `${trace} is the object itself`, 'Name another file for the trace.');
}

function startTrace(
  file: TraceFile,
  bench: Bench,
  sha256: string,
  { kernel, events, faults, preemptions, seed }: Plan,
): void {
  const { name, machine } = bench.guest.object;
  const writer = new TraceWriter(file.write, {
    object: { name, sha256, machine },
    kernel,
    host: { ...bench.host.options },
    events: [...events],
    faults: [...faults],
    ...(preemptions === undefined ? {} : { preemptions: [...preemptions] }),
    seed,
  });
  bench.trace = { recorder: new TraceRecorder(writer, () => bench.now), writer };
}

/** The words of a command, the plan and what a plan does not hold: the command line that repeats a run. */
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
