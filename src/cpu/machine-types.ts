import type { Hypercall } from './cpuid.ts';
import type { Bits } from './decode.ts';
import type { Machine } from './machine.ts';
import type { NativeContext } from './native.ts';
import type { Registers } from './registers.ts';
import type { MemoryImage } from './snapshot.ts';

export interface MachineOptions {
  readonly bits: Bits;
  /** TSC frequency that CPUID tells and RDTSC counts in, kHz. */
  readonly tscKhz?: number;
  /** Bus (APIC timer) frequency that CPUID tells, kHz. */
  readonly busKhz?: number;
  readonly hypercall?: Hypercall;
  /** The hypervisor's name in CPUID, twelve characters; null: none is there. By default VMware. */
  readonly hypervisor?: string | null;
  /** Virtual nanoseconds that a port access costs. */
  readonly accessNs?: number;
  /** Virtual nanoseconds that a block of code costs. */
  readonly blockNs?: number;
}

/** VMCALL or VMMCALL. */
export interface Vmcall {
  readonly instruction: 'vmcall' | 'vmmcall';
  readonly pc: bigint;
  readonly registers: Registers;
  readonly machine: Machine;
}

/** What a hypercall came to: done, no such thing here (#UD), or it touched memory that is not there. */
export type VmcallResult = 'done' | 'invalidOpcode' | { readonly write: boolean; readonly address: bigint };

export interface MachineSnapshot {
  readonly context: NativeContext;
  readonly memory: MemoryImage;
  readonly now: number;
  readonly segmentBases: Readonly<Record<'fs' | 'gs', bigint>>;
}
