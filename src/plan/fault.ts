import { knownWords } from '../similar.ts';
import {
  FAULT_REGISTERS,
  FAULTS,
  type FaultKind,
  FOR_EVER,
  faultApplies,
  HOST_DOES,
  type HostDoes,
  type HostFault,
  MOST_BYTES,
} from '../tclo-host/index.ts';
import { type AccessPattern, LineKeys } from './pattern.ts';
import { splitWords } from './words.ts';

/** Which accesses a fault hits, and what it does to them. Plain data. */
export interface PlannedFault extends AccessPattern {
  /** The line as written: it repeats the fault. */
  readonly source: string;
  /** Its place, `scenario.yaml:9`, if it is of a file. */
  readonly where?: string;
  /** The N-th matching access, from 1, or every one. */
  readonly nth: number | 'every';
  readonly fault: HostFault;
}

const HINT =
  'A fault is STEP [nth=N | every] [command="TEXT"] [channel=N] [from=TIME] [until=TIME] KIND, such as \'rpci.receive nth=1 checkpoint\'.';

/** Reads a fault's line. @throws VmtbenchError for what is unknown, and for a kind that means nothing at its step. */
export function parseFault(source: string): PlannedFault {
  const [first, ...words] = splitWords(source);
  const keys = new LineKeys(source, 'fault', HINT);
  const step = keys.parseStep(first?.key === null ? first.value : '');
  let kind: string | null = null;
  for (const word of words) {
    if (keys.add(word, ['every'])) continue;
    if (kind !== null) throw keys.wrong(`"${source}" names two kinds, ${kind} and ${word.value}`);
    kind = word.value;
  }
  const fault = parseKind(kind, keys);
  checkStep(step, fault.kind, keys);
  const [nth, pattern] = [keys.takeNth() ?? 1, keys.takePattern(step)];
  const lasting = nth === 'every' ? { ...fault, until: pattern.until ?? FOR_EVER } : fault;
  const planned = { source, nth, ...pattern, fault: lasting };
  keys.refuseRest(fault.kind);
  return planned;
}

function parseKind(kind: string | null, keys: LineKeys): HostFault {
  if (kind === null || !Object.hasOwn(FAULTS, kind)) {
    const what = kind === null ? 'names no kind of fault' : `names an unknown kind, ${kind}`;
    throw keys.wrong(`"${keys.source}" ${what}`, knownWords(kind ?? '', 'kinds', Object.keys(FAULTS)));
  }
  const fault: Record<string, unknown> = { kind };
  const row = FAULTS[kind as FaultKind];
  if (row.bytes === true) fault.hex = parseHex(keys);
  const does = row.registers === true ? parseDoes(keys) : null;
  if (does !== null) fault.does = does;
  const own = does === 'hide' ? ['for'] : Object.keys(row.parameters ?? {});
  for (const name of [...own, ...(row.registers === true ? FAULT_REGISTERS : [])]) {
    const value = name === 'for' ? keys.takeTime(name) : keys.takeInteger(name);
    if (value !== null) fault[name] = value;
  }
  return fault as unknown as HostFault;
}

function parseDoes(keys: LineKeys): HostDoes | null {
  const does = keys.take('does');
  const known = HOST_DOES.find((word) => word === does);
  if (does === null || known !== undefined) return known ?? null;
  throw keys.wrong(`"${keys.source}": does=${does} is unknown`, `does is one of ${HOST_DOES.join(', ')}.`);
}

function parseHex(keys: LineKeys): string {
  const hex = keys.take('hex') ?? '';
  if (/^(?:[0-9a-f]{2})*$/i.test(hex) && hex.length <= 2 * MOST_BYTES) return hex;
  throw keys.wrong(`"${keys.source}": hex= takes pairs of hex digits, such as hex=6f6b00`);
}

/** A fault as its line has it: `oversize size=9`. */
export function faultWords(fault: HostFault): string {
  const { kind, until: _, ...rest } = fault;
  const word = ([key, value]: [string, unknown]): string =>
    `${key}=${value === '' ? '""' : value}${key === 'for' ? 'ns' : ''}`;
  return [kind, ...Object.entries(rest).map(word)].join(' ');
}

function checkStep(
  { protocol, step }: Pick<AccessPattern, 'protocol' | 'step'>,
  kind: FaultKind,
  keys: LineKeys,
): void {
  if (step === 'any') return;
  if (protocol !== 'port' && faultApplies(kind, step)) return;
  throw keys.wrong(
    `"${keys.source}": ${kind} means nothing at ${step}`,
    `${kind} is for ${FAULTS[kind].steps.join(', ')}.`,
  );
}
