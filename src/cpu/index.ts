/** The processor: Unicorn behind one small typed class. It must not know VMware, an object file or a kernel. */
export { type BlockCount, blockCountsOf, type EdgeCount, EdgeMap } from './coverage.ts';
export type { CpuException, Misuse, Stop } from './cpu-exception.ts';
export type { Hypercall } from './cpuid.ts';
export { type Bits, type Decoded, decode, format, iced } from './decode.ts';
export { DIRECTION_FLAG, INTERRUPT_FLAG } from './eflags.ts';
export type { Bounds, GuestMemory } from './guest-memory.ts';
export { knownWrongForms } from './known-forms.ts';
export { Machine } from './machine.ts';
export type { MachineOptions } from './machine-options.ts';
export { type Check, PAGE_SIZE, type Protection } from './memory.ts';
export { addon, type NativeContext, REGISTER_ORDER } from './native.ts';
export type { CpuPortAccess } from './port-io.ts';
export type { MachineSnapshot, Processor, Vmcall, VmcallResult } from './processor.ts';
export { placesOf, type RegisterName, Registers, type SystemRegister } from './registers.ts';
export { stringIoAt } from './sites.ts';
export { SERVICE_WORK } from './work.ts';
