/** A compiled object made runnable: ELF, relocations, ABI, heap, clock, and the kernel that it expects around it. */
export { Clock } from './clock.ts';
export type { ConsoleLine } from './console.ts';
export {
  DebugInfo,
  debugInfoOf,
  type FunctionPlace,
  type SourceLine,
  type SourcePlace,
  StructLayout,
} from './dwarf/index.ts';
export { type ImportedSymbol, type ObjectFile, parseObject } from './elf/object.ts';
export { createGuest, Guest } from './guest.ts';
export { type Allocation, Heap } from './heap.ts';
export { MORE_ADDRESSES } from './kernels/common/ifaddrs.ts';
export { type NetworkInterfaceOptions, parseAddress } from './kernels/common/interfaces.ts';
export { guessKernel } from './kernels/guess.ts';
export { KERNELS } from './kernels/index.ts';
export type { Interrupt, KernelName } from './kernels/personality.ts';
export { type BoundStub, defineStub, type StubCall } from './kernels/stub.ts';
export type { SymbolPlace } from './load/symbol-index.ts';
export type { GuestOptions } from './options.ts';
export type { CallResult, GuestOutcome, StackFrame } from './outcome.ts';
