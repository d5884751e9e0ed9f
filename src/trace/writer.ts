import type * as Msgpackr from 'msgpackr';
import { VmtbenchError } from '../errors.ts';
import { lazy } from '../lazy.ts';
import {
  type AccessRecord,
  PAYLOAD_LIMIT,
  RECORD_LIMIT,
  TEXT_LIMIT,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceHeader,
  type TraceSubject,
  type Uint64,
} from './format.ts';
import { exact, packableMap, wellFormed } from './plain.ts';
import type { TraceRegisters } from './registers.ts';
import type { StoredConsole, StoredEnd, StoredEvent, StoredFinding } from './stored.ts';

const msgpackr = lazy<typeof Msgpackr>('msgpackr');

/** Where a trace goes. The bytes are the receiver's to keep. */
export type TraceSink = (bytes: Uint8Array) => void;

const cut = (text: string): string => wellFormed(text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text);

/** Writes a trace, record by record, and keeps none of it. */
export class TraceWriter {
  readonly #sink: TraceSink;
  /** No record extension and no 16-bit map sizes: plain MessagePack, each value in one shortest form. */
  readonly #packr: Msgpackr.Packr;
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
    this.#packr = new (msgpackr().Packr)({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
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
    const { data, fault } = record;
    const stored = this.#access;
    // In the order of StoredAccess.
    stored[1] = exact(record.ns);
    stored[2] = exact(record.pc);
    stored[3] = record.port;
    stored[4] = record.width;
    stored[5] = record.direction;
    stored[6] = exact(record.count);
    stored[7] = exactAll(record.registers, this.#before);
    stored[8] = exactAll(record.after, this.#after);
    stored[9] = record.string ? (data.length > PAYLOAD_LIMIT ? data.subarray(0, PAYLOAD_LIMIT) : data) : null;
    stored[10] = record.channel;
    stored[11] = fault === null ? null : packableMap(fault);
    this.#record(stored);
  }

  /** A host event that the plan asked for. @param ns virtual nanoseconds, here and below. */
  event(ns: number, name: string, text = ''): void {
    const [tag, , ...rest]: StoredEvent = ['e', ns, cut(name), cut(text)];
    this.#record([tag, exact(ns), ...rest]);
  }

  /** A line of the guest's console, without its line feed. */
  console(ns: number, line: string): void {
    const [tag, , ...rest]: StoredConsole = ['c', ns, cut(line)];
    this.#record([tag, exact(ns), ...rest]);
  }

  /** @param finding plain data. */
  finding(ns: number, finding: object): void {
    const [tag, , plain]: StoredFinding = ['f', ns, packableMap(finding)];
    this.#record([tag, exact(ns), plain]);
  }

  /** The last record. Nothing can be written after it. */
  end(outcome: string): void {
    const [tag, text, records]: StoredEnd = ['z', cut(outcome), this.#records];
    this.#record([tag, text, exact(records)]);
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

/** In the order of `TRACE_REGISTERS`. */
function exactAll({ rax, rbx, rcx, rdx, rsi, rdi, rbp }: TraceRegisters, copy: Uint64[]): Uint64[] {
  copy[0] = exact(rax);
  copy[1] = exact(rbx);
  copy[2] = exact(rcx);
  copy[3] = exact(rdx);
  copy[4] = exact(rsi);
  copy[5] = exact(rdi);
  copy[6] = exact(rbp);
  return copy;
}
