/**
 * A loaded object made runnable: ABI, calls, heap, clock, console. It must not know a kernel by name, a port or a host.
 */
export type { AbiBreak } from './abi/abi-watch.ts';
export { conventionFor, REGPARM3_I386 } from './abi/conventions.ts';
export type { ParameterType } from './abi/types.ts';
export type { Context } from './call-state.ts';
export { BadAccess, type CheckedMemory } from './checked-memory.ts';
export { type Alarm, Clock } from './clock.ts';
export type { ConsoleLine } from './console.ts';
export { answerFate, siteCodeAt } from './flow/index.ts';
export { type ArgumentSource, vaList } from './format/arguments.ts';
export { type FormatRules, type Formatted, format, type PointerArgument } from './format/format.ts';
export { Guest } from './guest.ts';
export { type Allocation, Heap } from './heap.ts';
export {
  type InterfaceAddress,
  interfaceOctets,
  type NetworkInterface,
  type NetworkInterfaceOptions,
  parseAddress,
} from './interfaces.ts';
export type {
  CopiedCode,
  DataSymbol,
  EntryPoints,
  Guard,
  Interrupt,
  Interrupts,
  KernelChoice,
  KernelFacts,
  KernelModel,
  KernelName,
  KernelOptions,
  KernelServices,
  PendingCall,
} from './kernel-model.ts';

export type { GuestOptions } from './options.ts';
export type { CallResult, GuestOutcome, StackFrame } from './outcome.ts';
export { type SourceFrame, SourceFrames } from './source-frames.ts';
export {
  type BoundStub,
  bindStubs,
  defineStub,
  type Stub,
  type StubCall,
  type StubTable,
  stub,
  variadic,
} from './stub.ts';
export { symbolHint } from './symbol-hint.ts';
