import { type DecodedCall, decodeCall, type PortAccess, type PortProbe } from '../protocol/index.ts';
import type { HostFault } from '../tclo-host/index.ts';
import {
  type AccessRecord,
  Conversation,
  type ConversationLine,
  SameCall,
  TRACE_REGISTERS,
  type TraceRecord,
} from '../trace/index.ts';
import { advance, boot } from './advance.ts';
import type { Bench } from './bench.ts';

/** The access that a guest makes now, where the trace has another one. */
export interface MadeAccess extends Omit<PortAccess, 'registers'> {
  /** Virtual nanoseconds. */
  readonly ns: number;
  readonly registers: RegisterValues;
  readonly call: DecodedCall;
}

/** The first access at which a guest does not say what the trace has. */
export interface ReplayDifference {
  /** Its number, from 0. */
  readonly access: number;
  /** Null: the trace has no more accesses. */
  readonly recorded: AccessRecord | null;
  /** Null: the guest makes no more accesses in the time of the trace. */
  readonly made: MadeAccess | null;
  /** What of the two calls differs, by name. */
  readonly fields: readonly string[];
}

/** The probe of a bench whose guest gets recorded answers. */
export class Replay implements PortProbe<HostFault> {
  /** Accesses that were the same. */
  accesses = 0;
  difference: ReplayDifference | null = null;
  /** The first access that the host of this vmtbench answers otherwise than the trace; null: none. */
  otherAnswer: number | null = null;
  readonly lines: ConversationLine[] = [];

  readonly #bench: Bench;
  readonly #records: Iterator<TraceRecord>;
  readonly #same = new SameCall();
  readonly #conversation = new Conversation();
  #recorded: AccessRecord | null = null;
  /** The registers of the call that is being made. */
  #asked: Partial<RegisterValues> = {};

  /** Takes the place of the bench as the probe of its bus. */
  constructor(bench: Bench, records: Iterable<TraceRecord>) {
    this.#bench = bench;
    this.#records = records[Symbol.iterator]();
    bench.bus.probe = this;
  }

  before(access: PortAccess, call: DecodedCall): HostFault | null {
    if (this.difference === null) this.#compare(access);
    return this.#bench.before(access, call);
  }

  after(access: PortAccess, fault: HostFault | null): void {
    const recorded = this.#recorded;
    if (recorded !== null) {
      this.#answer(access, recorded);
      this.#recorded = null;
    }
    this.#bench.after(access, fault);
  }

  /** The guest has nothing more to do: the trace must not have more accesses. */
  finish(): void {
    if (this.difference !== null) return;
    const recorded = this.#next();
    if (recorded !== null) this.difference = { access: this.accesses, recorded, made: null, fields: [] };
  }

  #compare(access: PortAccess): void {
    const recorded = this.#next();
    const fields = recorded === null ? [] : this.#same.difference(recorded, access);
    if (recorded !== null && fields.length === 0) {
      this.#recorded = recorded;
      this.#asked = valuesOf(access.registers);
      this.accesses += 1;
      this.lines.push(...this.#conversation.lines(recorded));
      return;
    }
    this.difference = { access: this.accesses, recorded, made: madeOf(access, this.#bench.now), fields };
    this.#bench.guest.machine.stop();
  }

  /** The next access of the trace; what stands before it becomes part of the conversation. */
  #next(): AccessRecord | null {
    for (let next = this.#records.next(); next.done !== true; next = this.#records.next()) {
      const record = next.value;
      if (record.kind === 'access') return record;
      this.lines.push(...this.#conversation.lines(record));
    }
    return null;
  }

  /**
   * Gives the guest the registers that the recorded call returned: those that changed, and those that the host of this
   * bench writes now. All others are the guest's: another build has other values in them.
   */
  #answer(access: PortAccess, { registers: before, after, data }: AccessRecord): void {
    const { registers } = access;
    for (const name of TRACE_REGISTERS) {
      const written = BigInt(after[name]) !== BigInt(before[name]) || registers[name] !== this.#asked[name];
      if (!written || registers[name] === BigInt(after[name])) continue;
      this.otherAnswer ??= this.accesses - 1;
      registers[name] = BigInt(after[name]);
    }
    if (access.string && access.direction === 'in') access.data = data;
  }
}

type RegisterValues = Readonly<Record<(typeof TRACE_REGISTERS)[number], bigint>>;

function valuesOf({ rax, rbx, rcx, rdx, rsi, rdi, rbp }: PortAccess['registers']): RegisterValues {
  return { rax, rbx, rcx, rdx, rsi, rdi, rbp };
}

function madeOf(access: PortAccess, ns: number): MadeAccess {
  const { port, width, direction, string, count, pc } = access;
  const registers = valuesOf(access.registers);
  return {
    port,
    width,
    direction,
    string,
    count,
    pc,
    data: access.data.slice(),
    ns,
    registers,
    call: decodeCall(access),
  };
}

/** Boots the guest and runs it until it differs, or to the end of the trace. @param until virtual nanoseconds */
export function replayRun(bench: Bench, replay: Replay, until: number): void {
  let reached = boot(bench);
  while (!reached.over && replay.difference === null && !bench.spent) reached = advance(bench, until);
  replay.finish();
}
