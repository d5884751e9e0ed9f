import { channelOf, type DecodedCall, type PortAccess, type PortProbe, type RegisterFrame } from '../protocol/index.ts';
import type { AccessRecord, TraceFault, Uint64 } from './format.ts';
import { TraceRegisters } from './registers.ts';
import type { TraceWriter } from './writer.ts';

const COUNT = 7;
const NO_DATA = new Uint8Array(0);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The registers of one moment. They are copied 64 bits at a time, from one typed array to another where the frame is
 * the processor's; a bigint is only made for those that need more than 32 bits.
 */
class RegisterCopy {
  readonly values: TraceRegisters = new TraceRegisters([0, 0, 0, 0, 0, 0, 0]);
  readonly #quads: BigUint64Array = new BigUint64Array(COUNT);
  readonly #words: Uint32Array = new Uint32Array(this.#quads.buffer);

  take(registers: RegisterFrame): void {
    const quads = this.#quads;
    quads[0] = registers.rax;
    quads[1] = registers.rbx;
    quads[2] = registers.rcx;
    quads[3] = registers.rdx;
    quads[4] = registers.rsi;
    quads[5] = registers.rdi;
    quads[6] = registers.rbp;
  }

  /** Brings {@link values} up to date. */
  settle(): void {
    const { values } = this;
    values.rax = this.#value(0);
    values.rbx = this.#value(1);
    values.rcx = this.#value(2);
    values.rdx = this.#value(3);
    values.rsi = this.#value(4);
    values.rdi = this.#value(5);
    values.rbp = this.#value(6);
  }

  /** Little-endian, as every machine that this runs on. */
  #value(i: number): Uint64 {
    return this.#words[2 * i + 1] === 0 ? (this.#words[2 * i] as number) : (this.#quads[i] as bigint);
  }
}

/** A fault of whatever room; plain data. */
interface AnyFault {
  readonly kind: string;
}

/** Writes every access of a bus into a trace: the bus' probe, or called by it. */
export class TraceRecorder implements PortProbe<AnyFault> {
  readonly #writer: TraceWriter;
  readonly #now: () => number;
  readonly #before = new RegisterCopy();
  readonly #after = new RegisterCopy();
  // One record for all: the writer packs it and lets go of it.
  readonly #record: Writable<AccessRecord> = {
    kind: 'access',
    ns: 0,
    pc: 0,
    port: 0,
    width: 4,
    direction: 'in',
    string: false,
    count: 1,
    registers: this.#before.values,
    after: this.#after.values,
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
    this.#before.settle();
    this.#after.settle();
    record.ns = this.#ns;
    record.pc = access.pc;
    record.port = access.port;
    record.width = access.width;
    record.direction = access.direction;
    record.string = access.string;
    record.count = access.count;
    record.data = access.string ? access.data.subarray(0, access.count * access.width) : NO_DATA;
    record.channel = this.#call.kind === 'message' ? channelOf(this.#call, access.registers) : null;
    record.fault = storedFault(fault);
    this.#writer.access(record);
  }
}

/** Without the end of a lasting fault: that is of the plan, which the header has. */
function storedFault(fault: AnyFault | null): TraceFault | null {
  if (fault === null || !('until' in fault)) return fault as TraceFault | null;
  const { until: _until, ...rest } = fault;
  return rest as TraceFault;
}
