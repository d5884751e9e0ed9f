import type { Machine } from '../cpu/index.ts';
import { PAGE_SIZE } from '../memory.ts';

/** The registers that CPUID fills. */
export interface CpuidRegisters {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/** `cpuid; hlt`. */
const CODE = Uint8Array.of(0x0f, 0xa2, 0xf4);

/** Runs a CPUID instruction as the guest would, in a page of its own that must be free. It takes no time. */
export function runCpuid(machine: Machine, page: bigint, leaf: number): CpuidRegisters {
  const { registers, now } = machine;
  machine.map(page, PAGE_SIZE, 'rx');
  machine.write(page, CODE);
  registers.eax = leaf;
  registers.ecx = 0;
  machine.run(page);
  machine.unmap(page);
  machine.now = now;
  const { eax, ebx, ecx, edx } = registers;
  return { eax, ebx, ecx, edx };
}
