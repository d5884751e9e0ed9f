import { VmtbenchError } from '../errors.ts';
import { MalformedTrace, Shortage, ValueDecoder } from './decoder.ts';
import {
  DIGEST_PLACE,
  type PlainData,
  READ_VERSIONS,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceHeader,
  type TraceRecord,
} from './format.ts';
import { headerFlaw, isMap, recordFlaw } from './shape.ts';
import { namedRecord, type StoredEnd, type StoredRecord } from './stored.ts';
import { ByteWindow } from './window.ts';

/** How reading ended. `at` is a byte offset in the file; `records` are those that were read, the end record too. */
export type TraceVerdict =
  | { readonly state: 'complete'; readonly records: number }
  /** The bytes end at `at`, before the end record. */
  | { readonly state: 'cutOff'; readonly at: number; readonly records: number; readonly reason: string }
  /** From `at` on it is no trace. */
  | { readonly state: 'corrupt'; readonly at: number; readonly records: number; readonly reason: string };

/** What every trace of ours begins with, behind the head of its map: the key `format` and its value. */
const BEGINNING: Uint8Array = Uint8Array.of(0xa6, ...Buffer.from('format'), 0xa7, ...Buffer.from(TRACE_FORMAT));
/** Bytes of a map's head: one up to 15 keys, then three. */
const HEADS: readonly (readonly [first: number, mask: number, bytes: number])[] = [
  [0x80, 0xf0, 1],
  [0xde, 0xff, 3],
];

function beginsLikeATrace(bytes: Uint8Array): boolean {
  const [first] = bytes;
  const head = HEADS.find(([value, mask]) => first !== undefined && (first & mask) === value);
  return (
    head !== undefined && bytes.subarray(head[2], head[2] + BEGINNING.length).every((byte, i) => byte === BEGINNING[i])
  );
}

const noTrace = (name: string, why = ''): VmtbenchError =>
  new VmtbenchError('trace.format', `${name} is no trace${why}`, 'give a file that --trace has written');

/**
 * Reads a trace, record by record, of any origin: it never holds more than one record and one chunk, and a file that is
 * cut off or corrupt gives what stands before the fault, and then its verdict.
 */
export class TraceReader {
  /** Null where the file is cut off or corrupt inside the header. */
  readonly header: TraceHeader | null;

  readonly #name: string;
  readonly #window: ByteWindow;
  readonly #decoder = new ValueDecoder();
  #read = 0;
  #verdict: TraceVerdict | null = null;

  /**
   * Reads the header.
   * @param name what the reader of an error message knows the bytes by.
   * Throws {@link VmtbenchError}: `trace.format` for what is no trace at all, `trace.version` for a trace of another
   * version, and what the source throws.
   */
  constructor(chunks: Iterable<Uint8Array>, name = 'the input') {
    this.#name = name;
    this.#window = new ByteWindow(chunks);
    let header: TraceHeader | null = null;
    try {
      header = this.#readHeader();
    } finally {
      if (header === null) this.#window.close();
    }
    this.header = header;
  }

  /** Null until the records were read to the end. */
  get verdict(): TraceVerdict | null {
    return this.#verdict;
  }

  /** Bytes that have arrived and are not read yet. */
  get held(): number {
    return this.#window.held;
  }

  /** Bytes allocated to hold them. */
  get capacity(): number {
    return this.#window.bytes.length;
  }

  /** The records, to be read once. Afterwards there is a {@link verdict}, and the source is let go of. */
  *records(): Generator<TraceRecord, void, undefined> {
    try {
      while (this.#verdict === null) {
        const record = this.#next();
        if (record !== null) yield record;
      }
    } finally {
      this.#window.close();
    }
  }

  #next(): TraceRecord | null {
    const at = this.#window.offset;
    const value = this.#value();
    if (value === undefined) return null;
    const flaw = recordFlaw(value, this.header?.version ?? TRACE_VERSION);
    if (flaw !== null) {
      this.#corrupt(at, flaw);
      return null;
    }
    const record = namedRecord(value as unknown as StoredRecord);
    if (record.kind === 'end') return this.#end(record.records, at, value as unknown as StoredRecord) ? record : null;
    this.#read += 1;
    return record;
  }

  /** The end record is to count the others rightly, to have the digest of all before, and to be the last. */
  #end(reported: number, at: number, stored: StoredRecord): boolean {
    if (reported !== this.#read) {
      this.#corrupt(at, `an end that counts ${reported} records where ${this.#read} were read`);
      return false;
    }
    if (this.header?.version !== 1 && !this.#digestFits(stored as StoredEnd)) {
      this.#corrupt(at, 'the digest is not that of the bytes before it');
      return false;
    }
    this.#read += 1;
    if (this.#window.more()) this.#corrupt(this.#window.offset, 'bytes after the end');
    else this.#verdict = { state: 'complete', records: this.#read };
    return true;
  }

  #digestFits([, , , , digest]: StoredEnd): boolean {
    const found = this.#window.digestUpTo(this.#window.offset - DIGEST_PLACE);
    return found.every((byte, i) => byte === digest[i]);
  }

  #readHeader(): TraceHeader | null {
    if (!this.#window.more()) throw noTrace(this.#name, ': it is empty');
    this.#window.fill(3 + BEGINNING.length);
    const ours = beginsLikeATrace(this.#window.peek());
    const value = this.#value();
    if (value === undefined) {
      if (ours) return null;
      throw noTrace(this.#name);
    }
    if (!isMap(value) || value.format !== TRACE_FORMAT) throw noTrace(this.#name);
    if (!READ_VERSIONS.some((version) => version === value.version)) {
      const version = typeof value.version === 'number' ? value.version : '?';
      const read = READ_VERSIONS.join(' and ');
      const message = `${this.#name} is a trace of version ${version}; this vmtbench reads versions ${read}`;
      throw new VmtbenchError('trace.version', message, 'read it with the vmtbench that wrote it');
    }
    const flaw = headerFlaw(value);
    if (flaw === null) return value as unknown as TraceHeader;
    this.#corrupt(0, flaw);
    return null;
  }

  /** The next value; undefined, and a verdict, where there is none. */
  #value(): PlainData | undefined {
    const window = this.#window;
    if (!window.more()) {
      this.#cutOff('the end record is missing');
      return undefined;
    }
    for (;;) {
      try {
        const value = this.#decoder.decode(window.bytes, window.start, window.end);
        window.consume(this.#decoder.at - window.start);
        return value;
      } catch (fault) {
        if (fault instanceof MalformedTrace) {
          this.#corrupt(window.offset + fault.at, fault.reason);
          return undefined;
        }
        if (!(fault instanceof Shortage)) throw fault;
        if (!window.fill(fault.size)) {
          this.#cutOff(`inside the record that starts at byte ${window.offset}`);
          return undefined;
        }
      }
    }
  }

  #cutOff(reason: string): void {
    const at = this.#window.offset + this.#window.held;
    this.#verdict = { state: 'cutOff', at, records: this.#read, reason };
  }

  #corrupt(at: number, reason: string): void {
    this.#verdict = { state: 'corrupt', at, records: this.#read, reason };
  }
}
