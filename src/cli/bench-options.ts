import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { VmtbenchError } from '../errors.ts';
import type { KernelName, ObjectFile } from '../guest/index.ts';
import { Bench, type Plan, parseEvent, parseFault } from '../scenario/index.ts';
import { HOST_OPTIONS, type HostOptions, parseHostOption } from '../tclo-host/index.ts';
import { fileSink, TraceRecorder, TraceWriter } from '../trace/index.ts';
import { readObject, shellQuote } from './input.ts';

/** The flags that every command with a guest has. */
export interface BenchFlags {
  readonly kernel?: string;
  readonly event: readonly string[];
  readonly fault: readonly string[];
  readonly host: readonly string[];
  readonly seed: string;
  readonly trace?: string;
}

const collect = (value: string, list: readonly string[]): string[] => [...list, value];

/** Adds the flags of {@link BenchFlags} to a command. */
export function withBenchFlags(command: Command): Command {
  return command
    .option('--kernel <name>', 'the system around the object; by default guessed from its imports')
    .option('--event <event>', 'a host event, such as "at=5s tclo.break"; may be repeated', collect, [])
    .option('--fault <fault>', 'a fault, such as "rpci.receive nth=1 checkpoint"; may be repeated', collect, [])
    .option(
      '--host <key=value>',
      `a host option (${Object.keys(HOST_OPTIONS).join(', ')}); may be repeated`,
      collect,
      [],
    )
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
  /** Ends the trace, if there is one, and frees the processor. */
  finish(outcome: string): void;
}

/** @throws VmtbenchError for an object, kernel, option, event or fault that cannot be used. */
export function openFromFlags(
  path: string,
  flags: BenchFlags,
  command: readonly string[],
  duration: string,
): OpenedBench {
  const { object, bytes } = readObject(path);
  const host = parseHostFlags(flags.host);
  const seed = parseWhole('--seed', flags.seed);
  const bench = new Bench({
    object,
    guest: flags.kernel === undefined ? {} : { kernel: flags.kernel as KernelName },
    host,
    events: flags.event.map(parseEvent),
    faults: flags.fault.map(parseFault),
    seed,
  });
  const plan: Plan = {
    kernel: bench.guest.kernel,
    for: duration,
    host,
    events: flags.event,
    faults: flags.fault,
    seed,
  };
  const closeTrace = flags.trace === undefined ? null : openTrace(flags.trace, bench, object, bytes, plan);
  const finish = (outcome: string): void => {
    closeTrace?.(outcome);
    bench.close();
  };
  return { bench, plan, repeat: repeatCommand(command, flags, plan), finish };
}

/** Starts a trace; returns what ends it. */
function openTrace(
  path: string,
  bench: Bench,
  object: ObjectFile,
  bytes: Uint8Array,
  plan: Plan,
): (outcome: string) => void {
  const sink = fileSink(path);
  const { kernel, events, faults, seed } = plan;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const writer = new TraceWriter(sink.write, {
    format: 'vmtrace',
    version: 1,
    object: { name: object.name, sha256, machine: object.machine },
    kernel,
    host: { ...bench.host.options },
    events: [...events],
    faults: [...faults],
    seed,
  });
  bench.trace = { recorder: new TraceRecorder(writer, () => bench.now), writer };
  return (outcome) => {
    writer.end(outcome);
    sink.close();
  };
}

function repeatCommand(command: readonly string[], flags: BenchFlags, plan: Plan): string {
  const words = [...command, '--kernel', plan.kernel];
  for (const event of flags.event) words.push('--event', event);
  for (const fault of flags.fault) words.push('--fault', fault);
  for (const option of flags.host) words.push('--host', option);
  if (plan.seed !== 0) words.push('--seed', String(plan.seed));
  return `vmtbench ${words.map(shellQuote).join(' ')}`;
}
