import type { GuestMemory } from './guest-memory.ts';
import type { SystemRegister } from './registers.ts';

/** Where the descriptor table of a 32-bit machine lies: the last page of its address space. */
export const GDT_ADDRESS = 0xfffff000n;
export const GDT_LIMIT: number = 8 * 4 - 1;

/** The selectors of FS and GS there, and of a flat segment for the others. */
const SELECTORS = { fs: 0x08n, gs: 0x10n };
const FLAT = 0x18n;

/** A present, writable, ring 0 data segment of 4 GiB (Intel SDM volume 3, figure 3-8). */
function descriptor(base: bigint): bigint {
  const access = 0x93n;
  const granularity = 0xcfn;
  return 0xffffn | ((base & 0xffffffn) << 16n) | (access << 40n) | (granularity << 48n) | ((base >> 24n) << 56n);
}

interface SegmentRegisters {
  writeSystem(name: SystemRegister, value: bigint): void;
}

/**
 * Gives FS or GS a base below 64 bits, where there is no base register: through a descriptor table of our own.
 * @param setTable sets the GDT register.
 */
export function loadSegment(
  machine: Pick<GuestMemory, 'isMapped' | 'map' | 'writeUint'> & SegmentRegisters,
  segment: 'fs' | 'gs',
  base: bigint,
  setTable: (address: bigint, limit: number) => void,
): void {
  if (!machine.isMapped(GDT_ADDRESS, 1)) {
    machine.map(GDT_ADDRESS, 4096, 'r');
    setTable(GDT_ADDRESS, GDT_LIMIT);
    machine.writeUint(GDT_ADDRESS + FLAT, 8, descriptor(0n));
    // Loading any segment makes the engine look at the descriptors of all: without one, SS would count as 16-bit.
    for (const flat of ['ss', 'ds', 'es'] as const) machine.writeSystem(flat, FLAT);
  }
  const selector = SELECTORS[segment];
  machine.writeUint(GDT_ADDRESS + selector, 8, descriptor(BigInt.asUintN(32, base)));
  machine.writeSystem(segment, selector);
}
