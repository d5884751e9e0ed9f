/**
 * The whole contract of the addon in `native/`: one class, one record of memory shared with it, and one function.
 *
 * The addon knows nothing but the engine. It fills the record, calls one of the callbacks without arguments, and writes
 * back the registers that the callback changed. `native/state.h` states the same layout.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VmtbenchError } from '../errors.ts';

/** Byte offsets in the shared record, named as in `native/state.h`. All little endian. */
export const STATE = {
  registers: 0,
  block: 144,
  faultAddress: 152,
  next: 160,
  now: 168,
  blockNs: 176,
  accessNs: 184,
  workLeft: 192,
  serviceWork: 200,
  tscKhz: 208,
  port: 216,
  width: 220,
  output: 224,
  value: 228,
  site: 232,
  overwritten: 236,
  faultKind: 240,
  faultSize: 244,
  vector: 248,
  error: 252,
  blockSize: 256,
  timeRead: 260,
  callPath: 264,
  returns: 272,
  size: 464,
} as const;

/** Order of the registers in the record. A port access refreshes the first seven only. */
export const REGISTER_ORDER = [
  'rax',
  'rbx',
  'rcx',
  'rdx',
  'rsi',
  'rdi',
  'rbp',
  'rsp',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
  'rip',
  'rflags',
] as const;

/** Calls under way that `returns` has at most. */
export const MOST_RETURNS = 24;

/** What `run` returns. */
export const STOP = {
  halt: 0,
  budget: 1,
  stopped: 2,
  memoryFault: 3,
  interrupt: 4,
  invalidInstruction: 5,
  engineError: 6,
  misuse: 7,
  untranslatable: 8,
  trap: 9,
  preempted: 10,
} as const;

export interface NativeCallbacks {
  /** A port access: port, width, output, value and site are set; leave the result of an IN in `value`. */
  onPort(): void;
  /**
   * Which instruction is the `value`-th I/O instruction of the block: returns a number of the caller's own, odd for
   * string I/O, for which rflags is refreshed, too; or {@link NO_SITE}.
   */
  locate(): number;
  /** CPUID: leaf in eax, sub leaf in ecx. */
  onCpuid(): void;
  /** Now and then in a long run, so that an environment that is to end can. */
  onPoll(): void;
}

/** The engine took for an I/O instruction what no processor does: it is an invalid opcode. */
export const NO_SITE = 0xffffffff;

/** A copy of all of a processor's registers, for that processor alone. Its bytes mean nothing outside of the addon. */
export type NativeContext = Uint8Array;

export interface NativeEngine {
  /** `shadow`: one byte a byte, to be checked; `guardReturns`: return addresses that lie there are guarded. */
  map(
    address: bigint,
    memory: Uint8Array,
    protection: number,
    dirtyFlags: Uint8Array,
    dirtyPages: Uint32Array,
    shadow: Uint8Array | null,
    guardReturns: boolean,
  ): void;
  unmap(address: bigint): void;
  readRegister(id: number): bigint;
  /** False: it is a segment whose descriptor cannot be loaded. */
  writeRegister(id: number, value: bigint): boolean;
  /** Sets the GDT register, where the guest has loaded none: the linear address of the table and its last valid byte. */
  setDescriptorTable(address: bigint, limit: number): void;
  /** Loads a segment register from that table, and leaves the GDT register alone. */
  loadSegment(id: number, selector: bigint, table: bigint, limit: number): boolean;
  /** Runs from rip to the next stop, or `one` instruction: returns a value of {@link STOP}. */
  run(one: boolean): number;
  /** From inside a callback: the run ends at its instruction, or behind it if `preempt` is called too. */
  stop(): void;
  saveContext(): NativeContext;
  /**
   * False: another engine made it. `whole`: all calls under way, whose return addresses are guarded, are those of the
   * context; else only the innermost is, and those that wait have gone on since.
   */
  restoreContext(context: NativeContext, whole: boolean): boolean;
  /** Code there was written through the mapped bytes: forget its translation. */
  invalidateCode(address: bigint, size: number): void;
  /** `run` returns `STOP.trap` before an instruction that starts there, unless it begins with it. */
  setTrap(address: bigint): void;
  clearTrap(address: bigint): void;
  /** From inside `onPort`: `run` returns `STOP.preempted` behind the access, at `next`. */
  preempt(): void;
  /** Where a guarded return address lies in that range, if one does. */
  returnSlotIn(address: bigint, size: number): bigint | null;
  /** Counts each edge between two blocks from now on; null: none. `counters` has 2^n bytes, `touched` one word more. */
  coverEdges(counters: Uint8Array | null, touched: Uint32Array | null): void;
  /** Counts how often each block runs, from nothing. */
  countBlocks(on: boolean): void;
  /** The block before, address, bytes and executions of each edge that ran since, in no order. */
  edgeCounts(): BigUint64Array;
  close(): void;
}

interface Addon {
  readonly Engine: new (bits: number, state: Uint8Array, callbacks: NativeCallbacks) => NativeEngine;
  /**
   * Adds 128 bits that stand for the page at `offset` of the bytes and of their shadow, were it to lie at `place`, to
   * two sums; nothing for a page of zeros or of poison.
   */
  readonly addPageDigest: (
    bytes: Uint8Array,
    shadow: Uint8Array | null,
    offset: number,
    place: number,
    sums: BigUint64Array,
  ) => void;
  /** 32 hex digits that stand for the first `length` bytes. */
  readonly digestBytes: (bytes: Uint8Array, length: number) => string;
  /** Of the library that is linked in: `2.1.1`. */
  readonly unicornVersion: string;
}

let loaded: Addon | undefined;

/**
 * Loads the addon: the prebuilt one of the package, or the one that was built in this checkout.
 * @throws VmtbenchError `cpu.addon` where neither fits this machine.
 */
export function addon(): Addon {
  if (loaded !== undefined) return loaded;
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  try {
    const load = createRequire(import.meta.url)('node-gyp-build') as (root: string) => Addon;
    loaded = load(root);
  } catch (cause) {
    throw new VmtbenchError(
      'cpu.addon',
      `the CPU engine's addon cannot be loaded (${process.platform}-${process.arch}, Node ${process.version})`,
      'In a checkout run `npm run setup`; the npm package brings it for linux-x64 with glibc 2.35 or newer.',
      { cause },
    );
  }
  return loaded;
}
