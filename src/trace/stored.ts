import type { PlainMap, RegisterValues, TraceFault, TraceRecord, Uint64 } from './format.ts';
import { TraceRegisters } from './registers.ts';

// A record as it stands in the file: an array behind its tag. Only the writer, the reader and the shape know the order.

/** `registersIn`, `registersOut`: before and after the device. `payload`: null where it is no string form. */
export type StoredAccess = readonly [
  tag: 'a',
  ns: number,
  pc: Uint64,
  port: number,
  width: 1 | 2 | 4,
  direction: 'in' | 'out',
  count: number,
  registersIn: RegisterValues,
  registersOut: RegisterValues,
  payload: Uint8Array | null,
  channel: number | null,
  fault: TraceFault | null,
];
export type StoredEvent = readonly [tag: 'e', ns: number, name: string, text: string];
export type StoredConsole = readonly [tag: 'c', ns: number, line: string];
export type StoredFinding = readonly [tag: 'f', ns: number, finding: PlainMap];
export type StoredEnd = readonly [tag: 'z', ns: number, outcome: string, records: number, digest: Uint8Array];
/** As version 1 has it. */
export type StoredEnd1 = readonly [tag: 'z', outcome: string, records: number];

export type StoredRecord = StoredAccess | StoredEvent | StoredConsole | StoredFinding | StoredEnd | StoredEnd1;

const NO_DATA = new Uint8Array(0);

/** The record by its names. */
export function namedRecord(stored: StoredRecord): TraceRecord {
  switch (stored[0]) {
    case 'a':
      return namedAccess(stored);
    case 'e':
      return { kind: 'event', ns: stored[1], name: stored[2], text: stored[3] };
    case 'c':
      return { kind: 'console', ns: stored[1], line: stored[2] };
    case 'f':
      return { kind: 'finding', ns: stored[1], finding: stored[2] };
    case 'z':
      return namedEnd(stored);
  }
}

function namedAccess(stored: StoredAccess): TraceRecord {
  const [, ns, pc, port, width, direction, count, before, after, payload, channel, fault] = stored;
  return {
    kind: 'access',
    ns,
    pc,
    port,
    width,
    direction,
    string: payload !== null,
    count,
    registers: new TraceRegisters(before),
    after: new TraceRegisters(after),
    data: payload ?? NO_DATA,
    channel,
    fault,
  };
}

function namedEnd(stored: StoredEnd | StoredEnd1): TraceRecord {
  if (stored.length === 3) return { kind: 'end', ns: null, outcome: stored[1], records: stored[2] };
  return { kind: 'end', ns: stored[1], outcome: stored[2], records: stored[3] };
}
