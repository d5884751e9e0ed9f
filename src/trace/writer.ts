import type * as Msgpackr from 'msgpackr';
import { VmtbenchError } from '../errors.ts';
import { lazy } from '../lazy.ts';
import { ChunkWriter, type TraceSink } from './chunk.ts';
import {
  type AccessRecord,
  PAYLOAD_LIMIT,
  RECORD_LIMIT,
  TEXT_LIMIT,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceSubject,
} from './format.ts';
import { LONGEST_NUMBER, putBinaryHead, putNumber } from './pack.ts';
import { exact, packableMap, wellFormed } from './plain.ts';
import { RegisterWords } from './register-words.ts';
import type { StoredConsole, StoredEvent, StoredFinding } from './stored.ts';

const msgpackr = lazy<typeof Msgpackr>('msgpackr');

const cut = (text: string): string => wellFormed(text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text);

/** An access that is ready to be written, its registers as words. */
export interface WordsOfAccess extends Omit<AccessRecord, 'kind' | 'pc' | 'registers' | 'after'> {
  /** With the address of the instruction. */
  readonly registers: RegisterWords;
  readonly after: RegisterWords;
}

// Heads of MessagePack arrays and texts: 0x90 or 0xa0, and the length.
const END_HEAD: Uint8Array = Uint8Array.of(0x90 | 5, 0xa0 | 1, 'z'.charCodeAt(0));
const ACCESS_VALUES = 12;
const TAG = 'a'.charCodeAt(0);
const REGISTERS_HEAD = 0x90 | 7;
const NIL = 0xc0;
/** Bytes of a record up to its payload: head, time, place, port, width, direction, count, 14 registers. */
const LONGEST_ACCESS: number = 3 + 4 * LONGEST_NUMBER + 1 + 4 + 2 + 14 * LONGEST_NUMBER + 1;

/** `in` or `out`, a byte at a time: for so few, `Uint8Array.set` costs more. */
function putDirection(bytes: Uint8Array, at: number, direction: 'in' | 'out'): number {
  if (direction === 'in') {
    bytes[at] = 0xa0 | 2;
    bytes[at + 1] = 0x69;
    bytes[at + 2] = 0x6e;
    return at + 3;
  }
  bytes[at] = 0xa0 | 3;
  bytes[at + 1] = 0x6f;
  bytes[at + 2] = 0x75;
  bytes[at + 3] = 0x74;
  return at + 4;
}

/** Writes a trace, record by record, and keeps a chunk of it at most: {@link TraceWriter.flush} hands that over. */
export class TraceWriter {
  readonly #chunk: ChunkWriter;
  // No record extension and no 16-bit map sizes: plain MessagePack, each value in one shortest form.
  readonly #packr: Msgpackr.Packr = new (msgpackr().Packr)({
    useRecords: false,
    variableMapSize: true,
    encodeUndefinedAsNil: true,
  });
  readonly #words = { registers: new RegisterWords(), after: new RegisterWords() };
  #records = 0;
  #ns = 0;
  #ended = false;

  /** Writes the header. Its `format` and `version` are the writer's own. */
  constructor(sink: TraceSink, subject: TraceSubject) {
    this.#chunk = new ChunkWriter(sink);
    const { object, command, kernel, host, events, faults, preemptions, seed, ...setup } = subject;
    const { name, sha256, machine } = object;
    const plan = { events, faults, ...(preemptions === undefined ? {} : { preemptions }), seed };
    const header = { object: { name, sha256, machine }, command, kernel, host, ...plan, ...setup };
    this.#put({ format: TRACE_FORMAT, version: TRACE_VERSION, ...packableMap(header) });
  }

  /** Records written so far; the header is none. */
  get records(): number {
    return this.#records;
  }

  /** Hands what is written so far to the sink: after an end it has all. */
  flush(): void {
    this.#chunk.flush();
  }

  /** The record is read at once and not kept: it may be used again. */
  access({ registers, after, pc, ...record }: AccessRecord): void {
    this.#words.registers.pc = BigInt(pc);
    this.#words.registers.copy(registers);
    this.#words.after.copy(after);
    this.accessByWords({ ...record, ...this.#words });
  }

  /** The same, from a record whose registers are words. */
  accessByWords(record: WordsOfAccess): void {
    this.#next(record.ns);
    const { string, channel, fault } = record;
    const chunk = this.#chunk;
    const bytes = chunk.room(LONGEST_ACCESS);
    // In the order of StoredAccess.
    let { at } = chunk;
    bytes[at++] = 0x90 | ACCESS_VALUES;
    bytes[at++] = 0xa0 | 1;
    bytes[at++] = TAG;
    at = putNumber(bytes, at, record.ns);
    at = record.registers.putPc(bytes, at);
    at = putNumber(bytes, at, record.port);
    bytes[at++] = record.width;
    at = putDirection(bytes, at, record.direction);
    at = putNumber(bytes, at, record.count);
    bytes[at++] = REGISTERS_HEAD;
    at = record.registers.put(bytes, at);
    bytes[at++] = REGISTERS_HEAD;
    at = record.after.put(bytes, at);
    if (!string) bytes[at++] = NIL;
    chunk.at = at;
    if (string) this.#binary(record.data);
    const rest = chunk.room(LONGEST_NUMBER + 1);
    if (channel === null) rest[chunk.at++] = NIL;
    else chunk.at = putNumber(rest, chunk.at, channel);
    if (fault === null) rest[chunk.at++] = NIL;
    else chunk.put(this.#packr.pack(packableMap(fault)));
    this.#records += 1;
  }

  /** A host event that the plan asked for. @param ns virtual nanoseconds, here and below. */
  event(ns: number, name: string, text = ''): void {
    const [tag, , ...rest]: StoredEvent = ['e', ns, cut(name), cut(text)];
    this.#record(ns, [tag, exact(ns), ...rest]);
  }

  /** A line of the guest's console, without its line feed. */
  console(ns: number, line: string): void {
    const [tag, , ...rest]: StoredConsole = ['c', ns, cut(line)];
    this.#record(ns, [tag, exact(ns), ...rest]);
  }

  /** @param finding plain data. */
  finding(ns: number, finding: object): void {
    const [tag, , plain]: StoredFinding = ['f', ns, packableMap(finding)];
    this.#record(ns, [tag, exact(ns), plain]);
  }

  /**
   * The last record, with the digest of all before. Nothing can be written after it.
   * @param ns when the run ended; by default, the time of the last record.
   */
  end(outcome: string, ns: number = this.#ns): void {
    this.#next(ns);
    const chunk = this.#chunk;
    // In the order of StoredEnd.
    chunk.put(END_HEAD);
    chunk.at = putNumber(chunk.room(LONGEST_NUMBER), chunk.at, ns);
    chunk.put(this.#packr.pack(cut(outcome)));
    chunk.at = putNumber(chunk.room(LONGEST_NUMBER), chunk.at, this.#records);
    chunk.digest();
    this.#records += 1;
    this.#ended = true;
  }

  #binary(data: Uint8Array): void {
    const chunk = this.#chunk;
    const payload = data.length > PAYLOAD_LIMIT ? data.subarray(0, PAYLOAD_LIMIT) : data;
    chunk.at = putBinaryHead(chunk.room(LONGEST_NUMBER), chunk.at, payload.length);
    chunk.put(payload);
  }

  #record(ns: number, record: readonly unknown[]): void {
    this.#next(ns);
    this.#put(record);
    this.#records += 1;
  }

  #next(ns: number): void {
    if (this.#ended) {
      throw new VmtbenchError('trace.ended', 'the trace has ended', 'write before end(), or begin another trace');
    }
    this.#ns = ns;
  }

  #put(value: unknown): void {
    const bytes = this.#packr.pack(value);
    if (bytes.length > RECORD_LIMIT) {
      const message = `a record of ${bytes.length} bytes is longer than a trace can hold`;
      throw new VmtbenchError('trace.record', message, `keep findings and plans below ${RECORD_LIMIT} bytes`);
    }
    this.#chunk.put(bytes);
  }
}
