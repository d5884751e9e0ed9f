import type { Hypercall } from './cpuid.ts';
import type { Bits } from './decode.ts';

export interface MachineOptions {
  readonly bits: Bits;
  /** TSC frequency that CPUID gives and RDTSC counts in, kHz. */
  readonly tscKhz?: number;
  /** Bus (APIC timer) frequency that CPUID gives, kHz. */
  readonly busKhz?: number;
  readonly hypercall?: Hypercall;
  /** The hypervisor's name in CPUID, twelve characters; null: none is there. By default VMware. */
  readonly hypervisor?: string | null;
  /** Virtual nanoseconds that a port access costs. */
  readonly accessNs?: number;
  /** Virtual nanoseconds that a block of code costs. */
  readonly blockNs?: number;
}
