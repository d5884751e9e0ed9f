import { channelOf, type DecodedCall, type PortAccess, type PortProbe } from '../protocol/index.ts';
import type { TraceFault } from './format.ts';
import { RegisterWords } from './register-words.ts';
import type { TraceWriter, WordsOfAccess } from './writer.ts';

const NO_DATA = new Uint8Array(0);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A fault of whatever room; plain data. */
interface AnyFault {
  readonly kind: string;
}

/** Writes every access of a bus into a trace: the bus' probe, or called by it. */
export class TraceRecorder implements PortProbe<AnyFault> {
  readonly #writer: TraceWriter;
  readonly #now: () => number;
  readonly #before = new RegisterWords();
  readonly #after = new RegisterWords();
  // One record for all: the writer packs it and lets go of it.
  readonly #record: Writable<WordsOfAccess> = {
    ns: 0,
    port: 0,
    width: 4,
    direction: 'in',
    string: false,
    count: 1,
    registers: this.#before,
    after: this.#after,
    data: NO_DATA,
    channel: null,
    fault: null,
  };
  #ns = 0;
  #call: DecodedCall = { kind: 'port' };

  /** @param now virtual nanoseconds: the time of an access is the one before its device sees it. */
  constructor(writer: TraceWriter, now: () => number) {
    this.#writer = writer;
    this.#now = now;
  }

  /** Notes the registers and the time. Never asks for a fault. */
  before(access: PortAccess, call: DecodedCall): null {
    this.#ns = this.#now();
    this.#before.take(access.registers);
    this.#call = call;
    return null;
  }

  /** Writes the record. @param fault what went wrong with the access, as plain data. */
  after(access: PortAccess, fault: AnyFault | null): void {
    const record = this.#record;
    this.#after.take(access.registers);
    record.ns = this.#ns;
    this.#before.pc = access.pc;
    record.port = access.port;
    record.width = access.width;
    record.direction = access.direction;
    record.string = access.string;
    record.count = access.count;
    record.data = access.string ? access.data.subarray(0, access.count * access.width) : NO_DATA;
    record.channel = this.#call.kind === 'message' ? channelOf(this.#call, access.registers) : null;
    record.fault = storedFault(fault);
    this.#writer.accessByWords(record);
  }
}

/** Without the end of a lasting fault: that is of the plan, which the header has. */
function storedFault(fault: AnyFault | null): TraceFault | null {
  if (fault === null || !('until' in fault)) return fault as TraceFault | null;
  const { until: _until, ...rest } = fault;
  return rest as TraceFault;
}
