import type { TraceRegisters } from './registers.ts';

/**
 * The trace: MessagePack values one after the other, readable by any MessagePack reader. First the header, a map; then
 * one array a record; last the end record. A file without its end record was cut off.
 *
 * Nothing in it depends on the day, the machine or the user: the same run gives the same bytes.
 */

export const TRACE_FORMAT = 'vmtrace';
/** The version that is written. */
export const TRACE_VERSION = 2;
/** The versions that are read. Version 1 has no {@link TraceSetup}, no time in its end record and no digest. */
export const READ_VERSIONS: readonly [1, 2] = [1, 2];
export type TraceVersion = (typeof READ_VERSIONS)[number];

/** Plain data: what MessagePack and JSON both know, and byte strings. */
export type PlainData =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainData[]
  | { readonly [key: string]: PlainData };

export type PlainMap = { readonly [key: string]: PlainData };

/** An unsigned 64-bit number: a number where it is a safe integer, else a bigint. */
export type Uint64 = number | bigint;

/** How the guest was made and run, besides host and plan. Traces of version 1 do not say it. */
export interface TraceSetup {
  /** The words of the command without the object and its flags: `run`, or `call`, the function and its arguments. */
  readonly command: readonly string[];
  /** Virtual time to run, as on the command line. */
  readonly for: string;
  /** Facts of the virtual machine that are not the defaults, and the host name. */
  readonly machine: PlainMap;
  /** Network interfaces, in the words of `--interface`. */
  readonly interfaces: readonly PlainData[];
  /** Functions and data, in the words of `--stub`; `NAME=?` for a function that the library's user wrote. */
  readonly stubs: readonly PlainData[];
  readonly lenient: boolean;
  readonly regparm: boolean;
  readonly alternatives: boolean;
  readonly memoryChecker: boolean;
  /** `call`: blocks of one call; `accesses`: of the whole run, where they are bounded. */
  readonly budget: PlainMap;
  /** Rules beyond those of every run, by name. */
  readonly invariants: readonly PlainData[];
  readonly expect: readonly PlainData[];
}

/** What the run was: enough to run it again. The setup is whole from version 2 on. */
export interface TraceHeader extends Partial<TraceSetup> {
  readonly format: typeof TRACE_FORMAT;
  readonly version: TraceVersion;
  /** `name` without its path; `sha256` in hex digits. */
  readonly object: { readonly name: string; readonly sha256: string; readonly machine: string };
  readonly kernel: string;
  /** The host options of the run. */
  readonly host: PlainMap;
  readonly events: readonly PlainData[];
  readonly faults: readonly PlainData[];
  /** Where soft interrupts came in between; traces of old have none. */
  readonly preemptions?: readonly PlainData[];
  readonly seed: number;
}

/** A header before it has its format and version. */
export type TraceSubject = Omit<TraceHeader, 'format' | 'version' | keyof TraceSetup> & TraceSetup;

/** The registers of a record, in their order. */
export const TRACE_REGISTERS = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp'] as const;

/** The values of {@link TRACE_REGISTERS}. */
export type RegisterValues = readonly [Uint64, Uint64, Uint64, Uint64, Uint64, Uint64, Uint64];

/** What went wrong with an access, as the host has it. */
export type TraceFault = PlainMap & { readonly kind: string };

/**
 * One port access, or one hypercall as the port access that it stands for. The decoder of `protocol/` reads it as it
 * reads an access that is being made.
 */
export interface AccessRecord {
  readonly kind: 'access';
  /** Virtual time, in nanoseconds, here and below. */
  readonly ns: number;
  readonly pc: Uint64;
  readonly port: number;
  readonly width: 1 | 2 | 4;
  readonly direction: 'in' | 'out';
  /** INS / OUTS. */
  readonly string: boolean;
  /** Elements of the REP, 1 without. */
  readonly count: number;
  /** Before the device saw it. */
  readonly registers: TraceRegisters;
  /**
   * As the device left them: the pointer and the count of a string form are the processor's and move afterwards; of eax,
   * a narrow IN takes the low `width` bytes.
   */
  readonly after: TraceRegisters;
  /** String forms: the bytes that moved, cut at {@link PAYLOAD_LIMIT}. */
  readonly data: Uint8Array;
  /** Of a message call; at OPEN the one that was opened. */
  readonly channel: number | null;
  readonly fault: TraceFault | null;
}

/** A host event that the run's plan asked for. */
export interface EventRecord {
  readonly kind: 'event';
  readonly ns: number;
  /** `preempt`: a soft interrupt came; the text names its function. */
  readonly name: string;
  /** Empty where the event has none. */
  readonly text: string;
}

/** A line that the guest printed. */
export interface ConsoleRecord {
  readonly kind: 'console';
  readonly ns: number;
  readonly line: string;
}

export interface FindingRecord {
  readonly kind: 'finding';
  readonly ns: number;
  readonly finding: PlainMap;
}

/**
 * The end: when and how the run ended, and how many records stand before this one (the header is none). In the file a
 * digest of all bytes before follows; the reader checks it.
 */
export interface EndRecord {
  readonly kind: 'end';
  /** Null in version 1. */
  readonly ns: number | null;
  readonly outcome: string;
  readonly records: number;
}

export type TraceRecord = AccessRecord | EventRecord | ConsoleRecord | FindingRecord | EndRecord;

// What bounds a trace. A writer stays below, a reader refuses what is above.

/** Bytes of a payload that are stored; the longest message between guest and host is far shorter. */
export const PAYLOAD_LIMIT: number = 4 << 20;
/** UTF-16 units of a console line, an event's text or an outcome that are stored. */
export const TEXT_LIMIT: number = 1 << 16;
/** Bytes of one record or the header. */
export const RECORD_LIMIT: number = 8 << 20;
/** Levels of arrays and maps in one record. */
export const DEPTH_LIMIT = 32;
/** Values in one record, keys counted. */
export const VALUES_LIMIT = 100_000;

/** Of SHA-256, at the end. */
export const DIGEST_BYTES = 32;
/** Bytes of a file that its digest does not cover: the digest's own, behind the two of its head. */
export const DIGEST_PLACE: number = 2 + DIGEST_BYTES;
