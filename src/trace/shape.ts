import {
  DIGEST_BYTES,
  type PlainData,
  type PlainMap,
  READ_VERSIONS,
  TRACE_FORMAT,
  TRACE_REGISTERS,
  type TraceHeader,
  type TraceSetup,
  type TraceVersion,
} from './format.ts';
import type { StoredRecord } from './stored.ts';

type Check = (value: PlainData) => boolean;

export const isMap = (value: PlainData): value is PlainMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const isText: Check = (value) => typeof value === 'string';
const isList: Check = (value) => Array.isArray(value);
const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isUint64: Check = (value) => isCount(value) || (typeof value === 'bigint' && value >= 0n && value < 1n << 64n);
const isRegisters: Check = (value) =>
  Array.isArray(value) && value.length === TRACE_REGISTERS.length && value.every(isUint64);
const isUint16: Check = (value) => isCount(value) && (value as number) <= 0xffff;
const oneOf =
  (...allowed: readonly PlainData[]): Check =>
  (value) =>
    allowed.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

type Fields = readonly (readonly [name: string, check: Check])[];
type Records = { readonly [Tag in StoredRecord[0]]: Fields };

/** What stands behind the tag of each record, in order. */
const RECORDS_1: Records = {
  a: [
    ['ns', isCount],
    ['pc', isUint64],
    ['port', isUint16],
    ['width', oneOf(1, 2, 4)],
    ['direction', oneOf('in', 'out')],
    ['count', isCount],
    ['in', isRegisters],
    ['out', isRegisters],
    ['payload', orNull((value) => value instanceof Uint8Array)],
    ['channel', orNull(isUint16)],
    ['fault', orNull((value) => isMap(value) && isText(value.kind ?? null))],
  ],
  e: [
    ['ns', isCount],
    ['name', isText],
    ['text', isText],
  ],
  c: [
    ['ns', isCount],
    ['line', isText],
  ],
  f: [
    ['ns', isCount],
    ['finding', isMap],
  ],
  z: [
    ['outcome', isText],
    ['records', isCount],
  ],
};

const RECORDS: { readonly [V in TraceVersion]: Records } = {
  1: RECORDS_1,
  2: {
    ...RECORDS_1,
    z: [
      ['ns', isCount],
      ...RECORDS_1.z,
      ['digest', (value) => value instanceof Uint8Array && value.length === DIGEST_BYTES],
    ],
  },
};

const isTag = (value: PlainData | undefined): value is StoredRecord[0] =>
  typeof value === 'string' && Object.hasOwn(RECORDS_1, value);

/** What is wrong with a value where a record should be; null when nothing is. */
export function recordFlaw(value: PlainData, version: TraceVersion): string | null {
  if (!Array.isArray(value)) return 'a value that is no record';
  const [tag, ...fields] = value as readonly PlainData[];
  if (!isTag(tag)) return 'a record of an unknown kind';
  const checks = RECORDS[version][tag];
  if (fields.length !== checks.length) return `a record '${tag}' of ${fields.length + 1} values`;
  const wrong = checks.find(([, check], i) => !check(fields[i] ?? null));
  return wrong === undefined ? null : `a record '${tag}' whose ${wrong[0]} cannot be`;
}

const isObject: Check = (value) =>
  isMap(value) && ['name', 'sha256', 'machine'].every((key) => isText(value[key] ?? null));

const isTrue: Check = (value) => typeof value === 'boolean';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

const HEADER: { readonly [Key in Exclude<keyof TraceHeader, keyof TraceSetup>]-?: Check } = {
  format: oneOf(TRACE_FORMAT),
  version: oneOf(...READ_VERSIONS),
  object: isObject,
  kernel: isText,
  host: isMap,
  events: isList,
  faults: isList,
  preemptions: (value) => value === null || isList(value),
  seed: (value) => Number.isSafeInteger(value),
};

const SETUP: { readonly [Key in keyof TraceSetup]: Check } = {
  command: (value) => isTexts(value) && (value as readonly PlainData[]).length > 0,
  for: isText,
  machine: isMap,
  interfaces: isTexts,
  stubs: isTexts,
  lenient: isTrue,
  regparm: isTrue,
  alternatives: isTrue,
  memoryChecker: isTrue,
  budget: isMap,
  invariants: isTexts,
  expect: isTexts,
};

/** What is wrong with a value where the header should be; null when nothing is. */
export function headerFlaw(value: PlainMap): string | null {
  const checks: Readonly<Record<string, Check>> = value.version === 1 ? HEADER : { ...HEADER, ...SETUP };
  const wrong = Object.entries(checks).find(([key, check]) => !check(value[key] ?? null));
  return wrong === undefined ? null : `a header whose ${wrong[0]} cannot be`;
}
