/** The processor: Unicorn behind one small typed class. It knows nothing of VMware. */
export type { Hypercall } from './cpuid.ts';
export { type Bits, type Decoded, decode, format, iced } from './decode.ts';
export type { Fault, Misuse, Stop } from './fault.ts';
export type { Bounds } from './guest-memory.ts';
export { Machine } from './machine.ts';
export type { MachineOptions, MachineSnapshot, Vmcall, VmcallResult } from './machine-types.ts';
export { type Check, PAGE_SIZE, type Protection } from './memory.ts';
export { addon, type NativeContext, REGISTER_ORDER } from './native.ts';
export type { CpuPortAccess } from './port-io.ts';
export { type RegisterName, Registers, type SystemRegister } from './registers.ts';
export { stringIoAt } from './sites.ts';
