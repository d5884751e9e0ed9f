import { VmtbenchError } from '../errors.ts';
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

/** What of the processor loads a segment. */
export interface SegmentLoader {
  writeSystem(name: SystemRegister, value: bigint): void;
  /** Sets the GDT register. */
  setTable(address: bigint, limit: number): void;
  /** Loads a segment register from that table, whatever the GDT register says. */
  load(segment: 'fs' | 'gs', selector: bigint, address: bigint, limit: number): void;
}

/** Gives FS or GS a base below 64 bits, where there is no base register: through a descriptor table of our own. */
export function loadSegment(
  memory: Pick<GuestMemory, 'isMapped' | 'map' | 'writeUint'>,
  loader: SegmentLoader,
  segment: 'fs' | 'gs',
  base: bigint,
): void {
  if (!memory.isMapped(GDT_ADDRESS, 1)) {
    memory.map(GDT_ADDRESS, 4096, 'r');
    memory.writeUint(GDT_ADDRESS + FLAT, 8, descriptor(0n));
    loader.setTable(GDT_ADDRESS, GDT_LIMIT);
    // Loading any segment makes the engine look at the descriptors of all: without one, SS would count as 16-bit.
    for (const flat of ['ss', 'ds', 'es'] as const) loader.writeSystem(flat, FLAT);
  }
  const selector = SELECTORS[segment];
  memory.writeUint(GDT_ADDRESS + selector, 8, descriptor(BigInt.asUintN(32, base)));
  loader.load(segment, selector, GDT_ADDRESS, GDT_LIMIT);
}

/** In real mode a base is sixteen times a selector. @throws VmtbenchError `cpu.segment` for one that is not. */
export function realModeSelector(base: bigint): bigint {
  if (base >= 0n && base <= 0xffff0n && base % 16n === 0n) return base >> 4n;
  throw new VmtbenchError(
    'cpu.segment',
    `no segment of real mode has the base 0x${base.toString(16)}`,
    'Take a multiple of 16 up to 0xffff0.',
  );
}
