import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { VmtbenchError } from '../errors.ts';
import type { GuestOptions, KernelName } from '../guest/index.ts';
import { Bench, commandLine, type Plan, parseEvent, parseFault, planFlags } from '../scenario/index.ts';
import { HOST_OPTIONS, type HostOptions, parseHostOption } from '../tclo-host/index.ts';
import { fileSink, type TraceFile, TraceRecorder, TraceWriter } from '../trace/index.ts';
import { readObject } from './input.ts';
import { parseStubs } from './stubs.ts';

/** The flags that every command with a guest has. */
export interface BenchFlags {
  readonly kernel?: string;
  readonly event?: readonly string[];
  readonly fault?: readonly string[];
  readonly host?: readonly string[];
  readonly seed: string;
  readonly trace?: string;
  readonly stub?: readonly string[];
  readonly lenient?: boolean;
  /** False by --no-alternatives. */
  readonly alternatives: boolean;
  readonly regparm?: boolean;
  readonly hostname?: string;
  /** False by --no-memory-check. */
  readonly memoryCheck: boolean;
}

/** The kernels' MAXHOSTNAMELEN less the NUL. */
const HOSTNAME_LIMIT = 255;

/** A flag that may be repeated: pass it as the parser of its option, without a default. */
export const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];

/** Adds the flags of {@link BenchFlags} to a command. */
export function withBenchFlags(command: Command): Command {
  return command
    .option('--kernel <name>', 'the system around the object; by default guessed from its imports')
    .option('--event <event>', 'a host event, such as "at=5s tclo.break"; may be repeated', collect)
    .option('--fault <fault>', 'a fault, such as "rpci.receive nth=1 checkpoint"; may be repeated', collect)
    .option('--host <key=value>', `a host option (${Object.keys(HOST_OPTIONS).join(', ')}); may be repeated`, collect)
    .option(
      '--stub <name=value>',
      'a function that returns 123 or 0x7b, or data: buf:64, hex:00ff or "text"; may be repeated',
      collect,
    )
    .option('--lenient', 'symbols that nobody wrote return 0, or hold 0, and the guest goes on')
    .option('--no-alternatives', 'Linux: leave the code as it was compiled, whatever CPUID says')
    .option('--regparm', 'i386: the object was compiled with -mregparm=3 (Linux is so without it)')
    .option('--hostname <name>', 'what the guest is called')
    .option('--no-memory-check', 'let the guest write where it likes, as a real machine does, and a little faster')
    .option('--seed <n>', 'seed of everything random at the host', '0')
    .option('--trace <file>', 'store every port access there');
}

/** Reads `key=value` words. @throws VmtbenchError for an unknown option or value. */
export function parseHostFlags(words: readonly string[]): Partial<HostOptions> {
  let options: Partial<HostOptions> = {};
  for (const word of words) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) {
      throw new VmtbenchError('host.option', `"${word}" is no host option`, 'Write --host key=value.');
    }
    options = { ...options, ...parseHostOption(key, value) };
  }
  return options;
}

/** A whole number from a flag. @throws VmtbenchError `flag` */
export function parseWhole(flag: string, text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new VmtbenchError('flag', `${flag} ${text} is no whole number`, `Give ${flag} a number from 0 on.`);
}

/** A bench as the flags ask for it, with what repeats it. */
export interface OpenedBench {
  readonly bench: Bench;
  readonly plan: Plan;
  /** The command line again. */
  readonly repeat: string;
}

/** What the flags are for: the object, the words of the command that repeat it, and the time it runs. */
export interface BenchRequest {
  readonly path: string;
  readonly flags: BenchFlags;
  readonly command: readonly string[];
  readonly duration: string;
}

/**
 * Opens a bench, hands it to `use`, and closes it and its trace, whatever comes of it.
 * @throws VmtbenchError for an object, kernel, option, event or fault that cannot be used.
 */
export function withBench<Result extends { readonly outcome: string }>(
  { path, flags, command, duration }: BenchRequest,
  use: (opened: OpenedBench) => Result,
): Result {
  const { object, bytes } = readObject(path);
  const host = parseHostFlags(flags.host ?? []);
  const seed = parseWhole('--seed', flags.seed);
  const bench = new Bench({
    object,
    guest: guestOptions(flags),
    host,
    events: (flags.event ?? []).map(parseEvent),
    faults: (flags.fault ?? []).map(parseFault),
    seed,
  });
  checkStubs(bench, flags.stub ?? []);
  const plan = bench.planFor(duration);
  let file: TraceFile | null = null;
  try {
    if (flags.trace !== undefined) {
      refuseOverwriting(flags.trace, path);
      file = fileSink(flags.trace);
      startTrace(file, bench, createHash('sha256').update(bytes).digest('hex'), plan);
    }
    const result = use({ bench, plan, repeat: repeatCommand(command, flags, plan) });
    bench.trace?.writer.end(result.outcome);
    return result;
  } finally {
    file?.close();
    bench.close();
  }
}

function guestOptions(flags: BenchFlags): GuestOptions {
  return {
    ...(flags.kernel === undefined ? {} : { kernel: flags.kernel as KernelName }),
    ...parseStubs(flags.stub ?? []),
    lenient: flags.lenient === true,
    alternatives: flags.alternatives,
    regparm: flags.regparm === true,
    memoryChecker: flags.memoryCheck,
    ...(flags.hostname === undefined ? {} : { hostname: parseHostname(flags.hostname) }),
  };
}

/** @throws VmtbenchError `flag` */
function parseHostname(name: string): string {
  if (name.length <= HOSTNAME_LIMIT && /^[\x21-\x7e]*$/.test(name)) return name;
  const hint = `Give up to ${HOSTNAME_LIMIT} printable characters without blanks.`;
  throw new VmtbenchError('flag', `--hostname ${name.slice(0, HOSTNAME_LIMIT)}: no kernel has that name`, hint);
}

/** What `--stub` names must be something that the object uses or has: a slip of the finger would do nothing. */
function checkStubs({ guest }: Bench, words: readonly string[]): void {
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

function startTrace(file: TraceFile, bench: Bench, sha256: string, { kernel, events, faults, seed }: Plan): void {
  const { name, machine } = bench.guest.object;
  const writer = new TraceWriter(file.write, {
    object: { name, sha256, machine },
    kernel,
    host: { ...bench.host.options },
    events: [...events],
    faults: [...faults],
    seed,
  });
  bench.trace = { recorder: new TraceRecorder(writer, () => bench.now), writer };
}

function repeatCommand(command: readonly string[], flags: BenchFlags, plan: Plan): string {
  return commandLine([
    ...command,
    ...planFlags(plan),
    ...(flags.stub ?? []).flatMap((stub) => ['--stub', stub]),
    ...(flags.lenient === true ? ['--lenient'] : []),
    ...(flags.alternatives ? [] : ['--no-alternatives']),
    ...(flags.regparm === true ? ['--regparm'] : []),
    ...(flags.hostname === undefined ? [] : ['--hostname', flags.hostname]),
    ...(flags.memoryCheck ? [] : ['--no-memory-check']),
  ]);
}
