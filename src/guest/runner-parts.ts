import type { Processor } from '../cpu/index.ts';
import type { SymbolIndex } from '../object/index.ts';
import type { States } from '../state.ts';
import type { AbiWatch } from './abi/abi-watch.ts';
import type { CallingConvention } from './abi/conventions.ts';
import type { CheckedMemory } from './checked-memory.ts';
import type { Guard } from './kernel-model.ts';
import type { AddressPlan } from './layout.ts';
import type { MemoryMap } from './misuse.ts';
import type { GuestOutcome } from './outcome.ts';
import type { StubArea } from './stub-area.ts';

/** What a runner works with. */
export interface RunnerParts {
  readonly states: States;
  readonly machine: Processor;
  readonly memory: CheckedMemory;
  readonly convention: CallingConvention;
  readonly abi: AbiWatch;
  readonly plan: AddressPlan;
  readonly stubs: StubArea;
  readonly symbols: SymbolIndex;
  readonly memoryMap: MemoryMap;
  /** The machine notes each call. */
  readonly notesCalls: boolean;
  /** Work that one call may do: see cpu's SERVICE_WORK. */
  readonly callBudget: number;
  /** At each stub: what the guest has made too many of at its kernel; null: nothing. */
  readonly excess: () => string | null;
  /** Missing functions return 0, and the call goes on. */
  readonly lenient: boolean;
  readonly guard: Guard | undefined;
  /** Told before code of the object runs. */
  readonly entering: (() => void) | undefined;
  /** Where an instruction that no processor has leads to; null, or nobody to ask: it is a fault. */
  readonly invalidOpcode: ((pc: bigint) => bigint | null) | undefined;
  /** Calls the interrupts that may preempt the running call; their outcome ends that call. */
  readonly interrupt: () => GuestOutcome | null;
}

/** What a runner keeps beyond a call. */
export interface RunnerState {
  /** Names of the functions that the guest called and TypeScript served, in the order of their first call. */
  called: string[];
}
