import type { MachineOptions } from '../cpu/index.ts';
import type { KernelName, KernelOptions } from './kernel-model.ts';
import type { BoundStub } from './stub.ts';

/** Blocks that one call may run before it counts as a hang. */
export const CALL_BUDGET = 10_000_000;

/** How an object is to be run. */
export interface GuestOptions extends KernelOptions {
  /** What stands around the object; by default guessed from its imports. */
  readonly kernel?: KernelName;
  /** Options of the processor, all but its mode. */
  readonly machine?: Omit<MachineOptions, 'bits'>;
  /** Poisons what is not the guest's in its heap and guards return addresses; on unless false. */
  readonly memoryChecker?: boolean;
  /** Blocks that one call may run; a port access counts as many as its nanoseconds. */
  readonly callBudget?: number;
  /** Functions of your own, before the kernel's and the object's: see {@link defineStub}. */
  readonly stubs?: ReadonlyMap<string, BoundStub>;
  /** Variables of your own that the object imports, with what they hold. */
  readonly data?: ReadonlyMap<string, Uint8Array>;
  /** Missing symbols are functions that return 0 and variables that hold 0. */
  readonly lenient?: boolean;
  /** An i386 object was compiled with -mregparm=3. Linux is so without being told. */
  readonly regparm?: boolean;
}
