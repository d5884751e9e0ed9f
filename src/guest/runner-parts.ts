import type { Machine } from '../cpu/index.ts';
import type { SymbolIndex } from '../object/index.ts';
import type { CallingConvention } from './abi/conventions.ts';
import type { CheckedMemory } from './checked-memory.ts';
import type { Guard } from './kernel-model.ts';
import type { AddressPlan } from './layout.ts';
import type { MemoryMap } from './misuse.ts';
import type { GuestOutcome } from './outcome.ts';
import type { StubArea } from './stub-area.ts';

/** What a runner works with. */
export interface RunnerParts {
  readonly machine: Machine;
  readonly memory: CheckedMemory;
  readonly convention: CallingConvention;
  readonly plan: AddressPlan;
  readonly stubs: StubArea;
  readonly symbols: SymbolIndex;
  readonly memoryMap: MemoryMap;
  /** Blocks of code that one call may run; a port access counts as many as it costs nanoseconds. */
  readonly callBudget: number;
  /** Functions that nobody wrote give 0, and the call goes on. */
  readonly lenient: boolean;
  readonly guard: Guard | undefined;
  /** Told before code of the object runs. */
  readonly entering: (() => void) | undefined;
  /** Where an instruction that no processor has leads to; null, or nobody to ask: it is a fault. */
  readonly invalidOpcode: ((pc: bigint) => bigint | null) | undefined;
  /** Calls what may come in between in a call that runs; its outcome ends that call. */
  readonly interrupt: () => GuestOutcome | null;
}
