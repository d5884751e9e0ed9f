import { Packr } from 'msgpackr';
import { VmtbenchError } from '../errors.ts';
import {
  type AccessRecord,
  type ConsoleRecord,
  type EndRecord,
  type EventRecord,
  type FindingRecord,
  PAYLOAD_LIMIT,
  type PlainMap,
  RECORD_LIMIT,
  type RegisterValues,
  TEXT_LIMIT,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceHeader,
  type TraceSubject,
  type Uint64,
} from './format.ts';
import { exact, packableMap, wellFormed } from './plain.ts';

/** Where a trace goes. The bytes are the receiver's to keep. */
export type TraceSink = (bytes: Uint8Array) => void;

const cut = (text: string): string => wellFormed(text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text);

/** Writes a trace, record by record, and keeps none of it. */
export class TraceWriter {
  readonly #sink: TraceSink;
  // No record extension and no 16-bit map sizes: plain MessagePack, each value in one shortest form.
  readonly #packr: Packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
  // An access is the common record: its arrays are used again.
  readonly #access: unknown[] = ['a'];
  readonly #before: Uint64[] = [];
  readonly #after: Uint64[] = [];
  #records = 0;
  #ended = false;

  /** Writes the header. Its `format` and `version` are the writer's own. */
  constructor(
    sink: TraceSink,
    { object, kernel, host, events, faults, preemptions, seed }: TraceSubject | TraceHeader,
  ) {
    this.#sink = sink;
    const { name, sha256, machine } = object;
    const plan = { events, faults, ...(preemptions === undefined ? {} : { preemptions }), seed };
    const header = { object: { name, sha256, machine }, kernel, host, ...plan };
    this.#put({ format: TRACE_FORMAT, version: TRACE_VERSION, ...packableMap(header) });
  }

  /** Records written so far; the header is none. */
  get records(): number {
    return this.#records;
  }

  /** The record is read at once and not kept: it may be used again. */
  access(record: AccessRecord): void {
    const copy = this.#access;
    for (let i = 1; i < record.length; i += 1) {
      const value = record[i];
      copy[i] = typeof value === 'number' || typeof value === 'bigint' ? exact(value) : value;
    }
    copy[7] = exactAll(record[7], this.#before);
    copy[8] = exactAll(record[8], this.#after);
    const payload = record[9];
    if (payload !== null && payload.length > PAYLOAD_LIMIT) copy[9] = payload.subarray(0, PAYLOAD_LIMIT);
    if (record[11] !== null) copy[11] = packableMap(record[11]);
    this.#record(copy);
  }

  /** A host event that the plan asked for. @param ns virtual nanoseconds, here and below. */
  event(ns: number, name: string, text = ''): void {
    const record: EventRecord = ['e', ns, cut(name), cut(text)];
    this.#record([record[0], exact(ns), record[2], record[3]]);
  }

  /** A line of the guest's console, without its line feed. */
  console(ns: number, line: string): void {
    const record: ConsoleRecord = ['c', ns, cut(line)];
    this.#record([record[0], exact(ns), record[2]]);
  }

  /** @param finding plain data. */
  finding(ns: number, finding: object): void {
    const plain: PlainMap = packableMap(finding);
    const tag: FindingRecord[0] = 'f';
    this.#record([tag, exact(ns), plain]);
  }

  /** The last record. Nothing can be written after it. */
  end(outcome: string): void {
    const tag: EndRecord[0] = 'z';
    this.#record([tag, cut(outcome), exact(this.#records)]);
    this.#ended = true;
  }

  #record(record: readonly unknown[]): void {
    if (this.#ended) {
      throw new VmtbenchError('trace.ended', 'the trace has ended', 'write before end(), or begin another trace');
    }
    this.#put(record);
    this.#records += 1;
  }

  #put(value: unknown): void {
    const bytes = this.#packr.pack(value);
    if (bytes.length > RECORD_LIMIT) {
      const message = `a record of ${bytes.length} bytes is longer than a trace can hold`;
      throw new VmtbenchError('trace.record', message, `keep findings and plans below ${RECORD_LIMIT} bytes`);
    }
    this.#sink(bytes);
  }
}

function exactAll(values: RegisterValues, copy: Uint64[]): Uint64[] {
  for (let i = 0; i < values.length; i += 1) copy[i] = exact(values[i] ?? 0);
  return copy;
}
