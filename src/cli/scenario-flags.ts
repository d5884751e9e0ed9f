import { type Command, Option } from 'commander';
import { HOSTNAME, type MachineDescription, parseInterface, parseMachineFact } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { KernelName } from '../guest/index.ts';
import { type Budget, parseExpectation } from '../judge/index.ts';
import { parseEvent, parseFault, parsePreemption, parseTime } from '../plan/index.ts';
import type { Scenario } from '../scenario/index.ts';
import { FAULTS, HOST_OPTIONS, type HostOptions, parseHostOption } from '../tclo-host/index.ts';

/** The flags for the keys of a scenario: each adds to the given scenario or replaces a value of it. */
export interface ScenarioFlags {
  readonly kernel?: string;
  readonly event?: readonly string[];
  readonly fault?: readonly string[];
  readonly preempt?: readonly string[];
  readonly host?: readonly string[];
  readonly hostname?: string;
  readonly machine?: readonly string[];
  readonly interface?: readonly string[];
  readonly seed?: string;
  /** Where a command has these. */
  readonly budget?: readonly string[];
  readonly for?: string;
  readonly expect?: readonly string[];
}

/** A flag that may be repeated: pass it as the parser of its option, without a default. */
export const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];

/** Adds the flags of {@link ScenarioFlags} that every command with a guest has. */
export function withScenarioFlags(command: Command): Command {
  return command
    .option('--kernel <name>', 'the system around the object; by default guessed from its imports')
    .option('--event <event>', 'what happens, such as "at=5s tclo.break"; may be repeated', collect)
    .option(
      '--fault <fault>',
      `a fault, such as "rpci.receive nth=1 checkpoint"; may be repeated. Kinds: ${Object.keys(FAULTS).join(', ')}`,
      collect,
    )
    .option(
      '--preempt <preemption>',
      'where a soft interrupt preempts the guest, such as "nth=17" or "rpci.sendsize every"; may be repeated',
      collect,
    )
    .option('--host <key=value>', `a host option (${Object.keys(HOST_OPTIONS).join(', ')}); may be repeated`, collect)
    .option('--hostname <name>', "the guest's host name")
    .option('--machine <key=value>', 'a fact of the machine, such as memory=512; may be repeated', collect)
    .option(
      '--interface <words>',
      'a network interface: "vio0 00:50:56:00:00:01 10.0.0.5/24"; may be repeated',
      collect,
    )
    .option('--seed <n>', 'seed of everything random at the host (default: 0)');
}

/** The flag of a run's or call's budget; a command that counts something else has its own. */
export const budgetOption = (): Option =>
  new Option(
    '--budget <key=value>',
    'call=N work of one call, in blocks; accesses=N of the whole run: more is a hang',
  ).argParser(collect);

/** Reads the flags as a scenario. @throws VmtbenchError for the first word that is wrong. */
export function scenarioOfFlags(flags: ScenarioFlags): Scenario {
  const { kernel, event = [], fault = [], preempt = [], expect = [], seed, for: duration } = flags;
  if (duration !== undefined) parseTime(duration);
  return {
    ...(kernel === undefined ? {} : { kernel: kernel as KernelName }),
    ...(seed === undefined ? {} : { seed: parseWhole('--seed', seed) }),
    ...(duration === undefined ? {} : { for: duration }),
    host: parseHostFlags(flags.host ?? []),
    machine: machineOf(flags),
    budget: budgetOf(flags.budget ?? []),
    events: event.map(parseEvent),
    faults: fault.map(parseFault),
    preemptions: preempt.map(parsePreemption),
    expect: expect.map(parseExpectation),
  };
}

/** Reads `key=value` words. @throws VmtbenchError for an unknown option or value. */
export function parseHostFlags(words: readonly string[]): Partial<HostOptions> {
  return merge(words.map((word) => parseHostOption(...keyAndValue('--host', 'host.option', word))));
}

/** A whole number from a flag. @throws VmtbenchError `flag` */
export function parseWhole(flag: string, text: string, least = 0): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  const wrong = Number.isSafeInteger(value) ? 'is too small' : 'is no whole number';
  const said = flag.endsWith('=') ? `${flag}${text}` : `${flag} ${text}`;
  throw new VmtbenchError('flag', `${said} ${wrong}`, `Give a number from ${least} on.`);
}

function machineOf({ hostname, machine = [], interface: interfaces }: ScenarioFlags): MachineDescription {
  return {
    ...(hostname === undefined ? {} : { hostname: parseHostname(hostname) }),
    ...merge(machine.map((word) => parseMachineFact(...keyAndValue('--machine', 'machine', word)))),
    ...(interfaces === undefined ? {} : { interfaces: interfaces.map(parseInterface) }),
  };
}

/** @throws VmtbenchError `flag` */
function parseHostname(name: string): string {
  if (HOSTNAME.pattern.test(name)) return name;
  const message = `--hostname ${name.slice(0, 255)}: no kernel has that name`;
  throw new VmtbenchError('flag', message, 'Give up to 255 printable characters without blanks.');
}

function budgetOf(words: readonly string[]): Budget {
  return merge(
    words.map((word): Budget => {
      const [key, value] = keyAndValue('--budget', 'flag', word);
      if (key === 'call' || key === 'accesses') return { [key]: parseWhole(`--budget ${key}=`, value, 1) };
      throw new VmtbenchError('flag', `--budget has no key ${key}`, 'Write --budget call=N or --budget accesses=N.');
    }),
  );
}

function keyAndValue(flag: string, code: string, word: string): [key: string, value: string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  const what = flag === '--host' ? 'host option' : `${flag.slice(2)} word`;
  throw new VmtbenchError(code, `"${word}" is no ${what}`, `Write ${flag} key=value.`);
}

const merge = <T extends object>(parts: readonly Partial<T>[]): Partial<T> => Object.assign({}, ...parts) as Partial<T>;
