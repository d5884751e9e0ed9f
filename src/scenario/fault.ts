import { VmtbenchError } from '../errors.ts';
import {
  FAULTS,
  type FaultKind,
  faultApplies,
  type HostFault,
  MESSAGE_STEPS,
  type MessageStep,
} from '../tclo-host/index.ts';
import { parseTime } from './time.ts';
import { splitWords } from './words.ts';

/** Which accesses a fault hits, and what it does to them. Plain data but for its source. */
export interface PlannedFault {
  /** The line as it was given: it repeats the fault. */
  readonly source: string;
  /** Where it was given, `scenario.yaml:9`, if in a file. */
  readonly where?: string;
  readonly protocol: 'rpci' | 'tclo' | 'any' | 'port';
  readonly step: MessageStep | 'any';
  /** The how many-th matching access, from 1, or every one. */
  readonly nth: number | 'every';
  /** The request's or message's text starts with this. */
  readonly command: string | null;
  readonly channel: number | null;
  /** Accesses before this virtual time, in nanoseconds, do not count. */
  readonly from: number;
  readonly fault: HostFault;
}

const HINT =
  'A fault is STEP [nth=N | every] [command="TEXT"] [channel=N] [from=TIME] KIND, such as \'rpci.receive nth=1 checkpoint\'.';
const PROTOCOLS = ['rpci', 'tclo', 'any'] as const;

const wrong = (message: string, hint: string = HINT): VmtbenchError => new VmtbenchError('fault', message, hint);

/** Reads a fault's line. @throws VmtbenchError for what is unknown, and for a kind that means nothing at its step. */
export function parseFault(source: string): PlannedFault {
  const [first, ...words] = splitWords(source);
  const { protocol, step } = parseStep(first?.key === null ? first.value : '', source);
  const keys = new Map<string, string>();
  let kind: string | null = null;
  for (const { key, value } of words) {
    const name = key ?? (value === 'every' ? value : null);
    if (name !== null && keys.has(name)) throw wrong(`"${source}" says ${name} twice`);
    if (name !== null) keys.set(name, value);
    else if (kind === null) kind = value;
    else throw wrong(`"${source}" names two kinds, ${kind} and ${value}`);
  }
  const fault = parseKind(kind, keys, source);
  checkStep(protocol, step, fault.kind, source);
  const planned = {
    source,
    protocol,
    step,
    nth: takeNth(keys, source),
    command: take(keys, 'command'),
    channel: takeNumber(keys, 'channel', source),
    from: keys.has('from') ? parseTime(take(keys, 'from') as string) : 0,
    fault,
  };
  const [unknown] = keys.keys();
  if (unknown !== undefined) throw wrong(`"${source}": ${fault.kind} has no key ${unknown}`);
  return planned;
}

function parseStep(word: string, source: string): Pick<PlannedFault, 'protocol' | 'step'> {
  const [name = '', step = '', extra] = word.split('.');
  if (extra === undefined && word === 'port.any') return { protocol: 'port', step: 'any' };
  const protocol = PROTOCOLS.find((known) => known === name);
  const found = step === 'any' ? 'any' : MESSAGE_STEPS.find((known) => known === step);
  if (protocol !== undefined && found !== undefined && extra === undefined) return { protocol, step: found };
  throw wrong(
    `"${source}" does not start with a step`,
    `Steps are port.any, or one of ${PROTOCOLS.join(', ')}, a dot, and one of ${MESSAGE_STEPS.join(', ')}, any.`,
  );
}

function parseKind(kind: string | null, keys: Map<string, string>, source: string): HostFault {
  if (kind === null || !Object.hasOwn(FAULTS, kind)) {
    const what = kind === null ? 'names no kind of fault' : `names an unknown kind, ${kind}`;
    throw wrong(`"${source}" ${what}`, `Kinds are ${Object.keys(FAULTS).join(', ')}.`);
  }
  const fault: Record<string, unknown> = { kind };
  for (const name of Object.keys(FAULTS[kind as FaultKind].parameters ?? {})) {
    const value = take(keys, name);
    if (value !== null) fault[name] = name === 'for' ? parseTime(value) : parseInteger(value, name, source);
  }
  return fault as unknown as HostFault;
}

function checkStep(
  protocol: PlannedFault['protocol'],
  step: PlannedFault['step'],
  kind: FaultKind,
  source: string,
): void {
  if (step === 'any') return;
  if (protocol !== 'port' && faultApplies(kind, step)) return;
  throw wrong(`"${source}": ${kind} means nothing at ${step}`, `${kind} is for ${FAULTS[kind].steps.join(', ')}.`);
}

function take(keys: Map<string, string>, name: string): string | null {
  const value = keys.get(name) ?? null;
  keys.delete(name);
  return value;
}

function parseInteger(value: string, name: string, source: string): number {
  const number = /^-?(0x[0-9a-f]+|\d+)$/i.test(value)
    ? Number(value.replace('-', '')) * (value.startsWith('-') ? -1 : 1)
    : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw wrong(`"${source}": ${name}=${value} is no whole number`);
}

function takeNumber(keys: Map<string, string>, name: string, source: string): number | null {
  const value = take(keys, name);
  const number = value === null ? null : parseInteger(value, name, source);
  if (number !== null && number < 0) throw wrong(`"${source}": ${name}=${value} is below 0`);
  return number;
}

function takeNth(keys: Map<string, string>, source: string): number | 'every' {
  const every = take(keys, 'every') !== null;
  const nth = takeNumber(keys, 'nth', source);
  if (every && nth !== null) throw wrong(`"${source}" says both nth and every`);
  if (nth !== null && nth < 1) throw wrong(`"${source}": nth counts from 1`);
  return every ? 'every' : (nth ?? 1);
}
