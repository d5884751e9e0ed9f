import { VmtbenchError } from '../errors.ts';
import type { NativeEngine } from './native.ts';
import type { Processor } from './processor.ts';
import { SYSTEM_REGISTERS, type SystemRegister } from './registers.ts';

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

/** Gives FS or GS a base below 64 bits, where there is no base register: through a descriptor table of our own. */
export function loadSegment(
  machine: Pick<Processor, 'isMapped' | 'map' | 'writeUint' | 'readSystem'>,
  engine: Pick<NativeEngine, 'setDescriptorTable' | 'loadSegment'>,
  segment: 'fs' | 'gs',
  base: bigint,
): void {
  if (!machine.isMapped(GDT_ADDRESS, 1)) {
    machine.map(GDT_ADDRESS, 4096, 'r');
    machine.writeUint(GDT_ADDRESS + FLAT, 8, descriptor(0n));
    engine.setDescriptorTable(GDT_ADDRESS, GDT_LIMIT);
    // Loading any segment makes the engine look at the descriptors of all: without one, SS would count as 16-bit.
    for (const flat of ['ss', 'ds', 'es'] as const) {
      if (machine.readSystem(flat) === 0n) load(engine, flat, FLAT);
    }
  }
  const selector = SELECTORS[segment];
  machine.writeUint(GDT_ADDRESS + selector, 8, descriptor(BigInt.asUintN(32, base)));
  load(engine, segment, selector);
}

/** From our table; the guest may have one of its own by now, which stays. */
function load(engine: Pick<NativeEngine, 'loadSegment'>, segment: SystemRegister, selector: bigint): void {
  if (!engine.loadSegment(SYSTEM_REGISTERS[segment], selector, GDT_ADDRESS, GDT_LIMIT)) {
    throw cannotLoad(segment, selector);
  }
}

export function cannotLoad(name: SystemRegister, value: bigint): VmtbenchError {
  return new VmtbenchError(
    'cpu.register',
    `${name} cannot hold 0x${value.toString(16)}: its descriptor is not there, or of another kind`,
    'Give the guest a descriptor table that has it, or call setSegmentBase().',
  );
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
