import type { Image, ObjectFile, SectionShift, SymbolPlace } from '../object/index.ts';
import type { States } from '../state.ts';
import type { CallingConvention } from './abi/conventions.ts';
import type { Context } from './call-state.ts';
import type { CheckedMemory } from './checked-memory.ts';
import type { Clock } from './clock.ts';
import type { GuestConsole } from './console.ts';
import type { CpuidRegisters } from './cpuid.ts';
import type { Heap } from './heap.ts';
import type { InterfaceAddress, NetworkInterfaceOptions } from './interfaces.ts';
import type { CallResult, GuestOutcome, StubOutcome } from './outcome.ts';
import type { BoundStub } from './stub.ts';

/** What can stand around an object. */
export type KernelName = 'openbsd' | 'netbsd' | 'freebsd' | 'linux' | 'user' | 'bare';

/** What rules, the loader and the commands must know of a kind of kernel. Plain data. */
export interface KernelFacts {
  /** It brings objects up by itself; else their functions are called one by one. */
  readonly boots: boolean;
  /** Objects run as a process on top of it. */
  readonly userSpace: boolean;
  /** A driver that attached has something to do from then on; one without has failed, silently. */
  readonly driversTick: boolean;
  /** A shutdown calls the driver's own part of it. */
  readonly shutsDriversDown: boolean;
  /** Each of its drivers keeps a TCLO channel. */
  readonly driversKeepTclo: boolean;
}

/** What a user may set about the system that the guest runs in; each kernel takes what means something to it. */
export interface KernelOptions {
  readonly hostname?: string;
  /** Unix time at virtual time 0, seconds. */
  readonly bootTime?: number;
  /** The network: what the kernel's list of interfaces holds. */
  readonly interfaces?: readonly NetworkInterfaceOptions[];
  /** Linux: applies .altinstructions by what CPUID says, as the kernel does. Without it the code runs as it was compiled. */
  readonly alternatives?: boolean;
}

/** A kernel that a guest can be put into. */
export interface KernelChoice {
  readonly name: KernelName;
  readonly create: (services: KernelServices, options: KernelOptions) => KernelModel;
}

/** A call that a kernel makes into the object later. Plain data. */
export interface PendingCall {
  readonly function: bigint;
  readonly args: readonly bigint[];
  readonly context: Context;
}

/** What the guest's room gives a kernel to work with. */
export interface KernelServices {
  readonly object: ObjectFile;
  /** Where the kernel makes the cell of its state, which snapshots of the guest then hold. */
  readonly states: States;
  readonly wordSize: 4 | 8;
  readonly memory: CheckedMemory;
  readonly heap: Heap;
  readonly clock: Clock<PendingCall>;
  readonly console: GuestConsole;
  /** Zeroed memory that belongs to the kernel for good. */
  reserve(size: number, align?: number): bigint;
  /** The address of a symbol of the object or of the kernel, null if there is none. */
  symbol(name: string): bigint | null;
  /** The symbol that an address lies in. */
  symbolAt(address: bigint): SymbolPlace | null;
  /** The address of a function of the kernel's own, for a table that the object calls through; null if it has none. */
  functionAddress(name: string): bigint | null;
  /** Calls into the object now, in a process. Not from inside a stub: calls do not nest. */
  call(target: bigint, args: readonly bigint[]): CallResult;
  /** Makes a call that was put off. Not from inside a stub. */
  perform(call: PendingCall): GuestOutcome | null;
  /**
   * From inside a stub of a soft interrupt that may sleep: the process that it came in between goes on until `ready`.
   * False: there is none, or it is over and `ready` is not.
   */
  sleep(ready: () => boolean): boolean;
  /**
   * From inside a stub of a process that waits for the soft interrupt that sleeps: that goes on, and the stub is called
   * again afterwards. False: it still waits for the process; null: none sleeps.
   */
  giveWay(): boolean | null;
  /** From inside a stub, or {@link KernelModel.invalidOpcode}: end the call that is running with this. */
  fail(outcome: StubOutcome): void;
  setSegmentBase(segment: 'fs' | 'gs', base: bigint): void;
  /** From inside a stub: what the call under way is. */
  context(): Context;
  /** From inside a stub: as sti and cli do. @returns what was before. */
  setInterrupts(on: boolean): boolean;
  /** What CPUID tells the guest. Before anything runs. */
  cpuid(leaf: number): CpuidRegisters;
}

/** A piece of data that the object may import. */
export interface DataSymbol {
  /** Bytes. */
  readonly size: number;
  /** Where the object is to see it; by default the linker finds a place. A processor's own variables lie at an offset. */
  readonly address?: bigint;
  /** Fills it in; it is zero before. */
  readonly init?: (address: bigint) => void;
}

/** A soft interrupt that may preempt a process. */
export interface Interrupt {
  /** Virtual ns at which it is due; not after now: it is. */
  readonly at: number;
  /** What it calls. */
  readonly function: bigint;
}

/** The soft interrupts that may preempt a process at a port access. */
export interface Interrupts {
  /** The first of those that the kernel would let in now. */
  next(): Interrupt | null;
  /** Calls those that are due and let in. */
  run(): GuestOutcome | null;
}

/** What a call keeps out, beside the processor's flag: it goes with the call and comes again with it. */
export interface Guard {
  /** A call begins, and keeps nothing out. */
  begin(): void;
  /** The call under way waits for another one. @returns plain data. */
  leave(): unknown;
  /** It goes on. */
  enter(state: unknown): void;
}

/** What users of a driver call it for, by name: each makes its calls between two others. */
export type EntryPoints = ReadonlyMap<string, (text: string) => GuestOutcome | null>;

/** Code of the image that the system copied over other code of it. */
export interface CopiedCode {
  readonly from: bigint;
  /** Bytes. */
  readonly length: number;
  readonly to: bigint;
  /** Bytes at `to` that were replaced, no fewer than `length`. */
  readonly replaced: number;
}

/** The system around the object: its functions, its data, what it does by itself. */
export interface KernelModel {
  readonly name: KernelName;
  readonly facts: KernelFacts;
  /** Functions by symbol name. */
  readonly stubs: ReadonlyMap<string, BoundStub>;
  /** Machine code of a function that calls back into the object, which a stub cannot; null: there is none of that name. */
  code?(name: string): Uint8Array | null;
  /** Data by symbol name. */
  readonly data: Readonly<Record<string, DataSymbol>>;
  /** How its functions and the object's call each other, where that is not the usual way of the processor. */
  readonly convention?: CallingConvention;
  /** Of a section, what its symbols are off from where it lies. */
  readonly shift?: SectionShift;
  readonly guard?: Guard;
  /** Code of the object is about to run. */
  entering?(): void;
  /** The object came to an instruction that no processor has. @returns where it goes on; null: it does not. */
  invalidOpcode?(pc: bigint): bigint | null;
  /** The object is in memory and nothing of it has run: what the system does to a fresh image. */
  loaded(image: Image): void;
  /** What it then copied; absent: nothing. */
  readonly copiedCode?: readonly CopiedCode[];
  /** Brings the object up: a driver's attach sequence, a library's constructors. */
  boot(): GuestOutcome | null;
  /** Does the next thing that is due now. null: done, or nothing is due. */
  step(): GuestOutcome | null;
  /** Virtual ns of the next thing that it does by itself: now for what is due, null for nothing. */
  nextDeadline(): number | null;
  /** Absent: its calls come one after the other, always. */
  readonly interrupts?: Interrupts;
  /** Addresses that have a name here: `self` is the driver's own structure. */
  readonly names: { get(name: string): bigint | undefined };
  /** By the name of an interface that the guest can see: gives it other addresses. */
  readonly network?: ReadonlyMap<string, (addresses: readonly InterfaceAddress[]) => void>;
  readonly entryPoints?: EntryPoints;
  /** Tells once that the guest has asked to be shut down. */
  takeShutdown(): 'halt' | 'reboot' | null;
}
