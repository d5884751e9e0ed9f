import type { EdgeCount, EdgeMap } from './coverage.ts';
import type { Stop } from './cpu-exception.ts';
import type { Bits } from './decode.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { NativeContext } from './native.ts';
import type { CpuPortAccess } from './port-io.ts';
import type { Registers, SystemRegister } from './registers.ts';
import type { MemoryImage } from './snapshot.ts';

/** VMCALL or VMMCALL. */
export interface Vmcall {
  readonly instruction: 'vmcall' | 'vmmcall';
  readonly pc: bigint;
  readonly registers: Registers;
  readonly machine: Processor;
}

/** What a hypercall came to: done, no such thing here (#UD), or it touched memory that is not there. */
export type VmcallResult = 'done' | 'invalidOpcode' | { readonly write: boolean; readonly address: bigint };

/** All of a machine at one moment, for that machine alone. */
export interface MachineSnapshot {
  readonly context: NativeContext;
  readonly memory: MemoryImage;
  readonly now: number;
  readonly segmentBases: Readonly<Record<'fs' | 'gs', bigint>>;
}

/** The calls of {@link GuestMemory} that a processor has itself, for its memory. */
export type MemoryCalls = Pick<
  GuestMemory,
  | 'map'
  | 'unmap'
  | 'read'
  | 'readUpTo'
  | 'readUint'
  | 'readCString'
  | 'write'
  | 'writeUint'
  | 'fill'
  | 'isMapped'
  | 'mappedLength'
  | 'allow'
  | 'poison'
  | 'firstPoisoned'
  | 'firstUnwritten'
  | 'overruns'
  | 'permits'
  | 'memoryDigest'
>;

/** What the rest of the house sees of a processor: its registers and memory, what it asks for, and how it is run. */
export interface Processor extends MemoryCalls {
  readonly bits: Bits;
  readonly registers: Registers;
  readonly memory: GuestMemory;
  /** Virtual time in nanoseconds. Blocks and port accesses advance it; the owner may set it forward between runs. */
  now: number;
  /** The guest has read the time: set whenever it does, for the owner to clear. */
  timeRead: boolean;
  /**
   * The return addresses of the calls under way, the innermost first, at a port access and at the end of a run: up to
   * where the run came from outside. Empty for a machine whose stack is not guarded. The caller does not change it.
   */
  readonly calls: readonly bigint[];
  /** The address behind the block of code that ran last. */
  readonly blockEnd: bigint;
  /** Serves every port access; without it ports read all ones. */
  onPort: ((access: CpuPortAccess) => void) | null;
  /** Serves VMCALL and VMMCALL; without it they are invalid opcodes. */
  onVmcall: ((call: Vmcall) => VmcallResult) | null;

  /** A register outside the general ones, such as a segment base. */
  readSystem(name: SystemRegister): bigint;
  /** @throws VmtbenchError `cpu.register` for a selector whose descriptor the guest's table does not have. */
  writeSystem(name: SystemRegister, value: bigint): void;
  /**
   * The base that an FS or GS prefix adds. In 32-bit mode a descriptor table is made in the last page for it; in 16-bit
   * mode it is sixteen times a selector.
   * @throws VmtbenchError `cpu.segment` for a base that real mode cannot have.
   */
  setSegmentBase(segment: 'fs' | 'gs', base: bigint): void;
  segmentBase(segment: 'fs' | 'gs'): bigint;

  /**
   * Runs from `pc` until HLT, a fault, a trap, `stop()` or the end of the budget. `pc` is linear in every mode.
   * @param budget work: a block is 1; a port access, CPUID, RDTSC or hypercall `SERVICE_WORK`.
   */
  run(pc: bigint, budget?: { readonly blocks?: number }): Stop;
  /**
   * Runs one instruction: `trap` behind it, at the next one to be run. A REP is one instruction for each element, and
   * the flags that PUSHF stores have TF set.
   */
  step(pc: bigint): Stop;
  /** What is left of the budget of the last run; below 0 where it was used up. */
  readonly workLeft: number;
  /** `run` comes back with `trap` before an instruction that starts there is executed, unless it begins with it. */
  setTrap(address: bigint): void;
  clearTrap(address: bigint): void;

  /** From inside a port or hypercall callback: `run` comes back with `preempted` behind this access. */
  preempt(): void;
  /** From inside a port or hypercall callback: `run` comes back with `stopped` behind this access. */
  stop(): void;
  /** Whether the guest lets interrupts in: IF. Right inside callbacks too. */
  readonly interruptible: boolean;
  /** Where a guarded return address lies in that range, if one does: for those who write on the guest's behalf. */
  returnSlotIn(address: bigint, length: number): bigint | null;

  /** All registers, and the guarded return addresses: what a call leaves behind when another one preempts it. */
  saveContext(): NativeContext;
  /** Back to registers of a call that is under way. @throws VmtbenchError `cpu.snapshot` for another machine's. */
  restoreContext(context: NativeContext): void;
  /** Registers, memory and time as they are now. Not from inside a callback. */
  snapshot(): MachineSnapshot;
  /** Back to a snapshot: mappings, memory, registers and time. @throws VmtbenchError `cpu.snapshot` for another machine's. */
  restore(snapshot: MachineSnapshot): void;
  /** Counts edges into that map from now on; null: stops. Costs nothing while off. No snapshot has it. */
  coverEdges(map: EdgeMap | null): void;
  /** Counts how often each block runs, from nothing; false stops. Costs nothing while off. No snapshot has it. */
  countBlocks(on: boolean): void;
  /** The blocks that ran since {@link countBlocks}, each by the block before it, in no order. */
  edgeCounts(): EdgeCount[];
  /** Frees the engine and the memory. The machine cannot be used afterwards. */
  close(): void;
}
