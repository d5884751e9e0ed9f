import type { PortProbe } from '../ports/index.ts';
import type { PortAccess, RegisterFrame } from '../protocol/index.ts';
import { channelOf } from './call.ts';
import type { AccessRecord, TraceFault, Uint64 } from './format.ts';
import type { TraceWriter } from './writer.ts';

const COUNT = 7;

type Writable<Tuple> = { -readonly [I in keyof Tuple]: Tuple[I] };

type Values = [Uint64, Uint64, Uint64, Uint64, Uint64, Uint64, Uint64];

/**
 * The registers of one moment. They are copied 64 bits at a time, from one typed array to another where the frame is
 * the processor's; a bigint is only made for those that need more than 32 bits.
 */
class RegisterCopy {
  readonly values: Values = [0, 0, 0, 0, 0, 0, 0];
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
    const words = this.#words;
    for (let i = 0; i < COUNT; i += 1) {
      // Little-endian, as every machine that this runs on.
      this.values[i] = words[2 * i + 1] === 0 ? (words[2 * i] as number) : (this.#quads[i] as bigint);
    }
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
  readonly #record: Writable<AccessRecord>;
  #ns = 0;

  /** @param now virtual nanoseconds: the time of an access is the one before its device sees it. */
  constructor(writer: TraceWriter, now: () => number) {
    this.#writer = writer;
    this.#now = now;
    this.#record = ['a', 0, 0, 0, 4, 'in', 1, this.#before.values, this.#after.values, null, null, null];
  }

  /** Notes the registers and the time. Never asks for a fault. */
  before(access: PortAccess): null {
    this.#ns = this.#now();
    this.#before.take(access.registers);
    return null;
  }

  /** Writes the record. @param fault what went wrong with the access, as plain data. */
  after(access: PortAccess, fault: AnyFault | null): void {
    const record = this.#record;
    this.#after.take(access.registers);
    this.#before.settle();
    this.#after.settle();
    record[1] = this.#ns;
    record[2] = access.pc;
    record[3] = access.port;
    record[4] = access.width;
    record[5] = access.direction;
    record[6] = access.count;
    record[9] = access.string ? access.data.subarray(0, access.count * access.width) : null;
    record[10] = channelOf(access.port, access.string, this.#before.values, this.#after.values);
    record[11] = fault as TraceFault | null;
    this.#writer.access(record);
  }
}
