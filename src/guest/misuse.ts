import type { CpuException, Misuse } from '../cpu/index.ts';
import type { PlacedSymbol } from '../object/index.ts';
import type { Globals } from './globals.ts';
import type { Allocation, Heap } from './heap.ts';

/** What an objection of the memory checker is called, as the kernels' own address sanitizers do. */
const NAMES: Readonly<Record<Misuse, string>> = {
  readPoison: 'out of bounds read',
  writePoison: 'out of bounds write',
  readOverrun: 'out of bounds read',
  writeOverrun: 'out of bounds write',
  writeReturnAddress: 'stack overflow',
  sendUnwritten: 'uninitialised bytes are sent to the host',
  readUnwritten: 'use of uninitialised memory',
  format: 'a format string that is no constant',
};

const NO_BLOCK = 'No heap block is near.';

const MISUSES = new Set<string>(Object.keys(NAMES));

/** A fault that only the memory checker saw. */
export type MisuseException = CpuException & { readonly kind: Misuse; readonly address: bigint };

export function isMisuse(fault: CpuException): fault is MisuseException {
  return MISUSES.has(fault.kind) && fault.address !== null;
}

/** What lies where in a guest, for people. */
export interface MemoryMap {
  readonly heap: Heap;
  readonly globals: Globals;
  /** Names the place of a call by its return address: with the line, where that is known. */
  where(returnAddress: bigint): string;
  /** The line that a variable is defined at; null where that is not known. */
  definition(global: PlacedSymbol): string | null;
}

/** One line, and what is known of the object. */
interface Description {
  readonly message: string;
  readonly detail: string;
}

export function describeMisuse(fault: MisuseException, map: MemoryMap): Description {
  const { kind, address, size } = fault;
  const bytes = `${count(size)} at 0x${address.toString(16)}`;
  if (kind === 'format') {
    return {
      message: `${NAMES[kind]}: it lies on the stack or the heap, at 0x${address.toString(16)}`,
      detail: 'Whoever wrote it there, the host too, decides how arguments are read that the caller did not give.',
    };
  }
  if (kind === 'writeReturnAddress') {
    return {
      message: `${NAMES[kind]}: a store of ${bytes} runs over a return address`,
      detail: 'A local array is too small for what is written to it.',
    };
  }
  const block = map.heap.nearest(address);
  if (block === null) return describeData(fault, `${NAMES[kind]}: ${bytes}`, map);
  const freed = block.freedBy !== undefined;
  const name = freed && kind !== 'sendUnwritten' ? 'use after free' : NAMES[kind];
  const what = block.name ?? `a ${freed ? 'freed ' : ''}block of ${block.size} bytes`;
  const detail = block.name === undefined ? `It was ${history(block, map)}.` : `It has ${count(block.size)}.`;
  return { message: `${name}: ${bytes}, ${place(block, what, address)}`, detail };
}

/** Of an access to the object's own data. */
function describeData({ kind, address, size }: MisuseException, message: string, map: MemoryMap): Description {
  const { globals } = map;
  const overrun = kind === 'readOverrun' || kind === 'writeOverrun';
  const global = overrun ? globals.at(address) : globals.nearest(address);
  if (global === null) {
    const section = globals.sectionNear(address);
    if (section === null) return { message, detail: NO_BLOCK };
    return { message: `${message}, ${place(section, section.name, address)}`, detail: 'No variable is near.' };
  }
  const what = `${global.name}, a global of ${count(global.size)}`;
  const ends = overrun ? `, and ${count(Number(address - global.address) + size - global.size)} past its end` : '';
  const line = map.definition(global);
  const detail = line === null ? `It lies at 0x${global.address.toString(16)}.` : `It is defined at ${line}.`;
  return { message: `${message}, ${place(global, what, address)}${ends}`, detail };
}

/** What is known of the block that a call gave back, and should not have. */
export function describeBlock(address: bigint, map: MemoryMap): string {
  const block = map.heap.nearest(address);
  if (block === null) return NO_BLOCK;
  if (block.address === address) return `It was ${history(block, map)}.`;
  const what = `a ${block.freedBy === undefined ? '' : 'freed '}block of ${block.size} bytes`;
  return `It is ${place(block, what, address)}, ${history(block, map)}.`;
}

function history({ by, freedBy }: Allocation, map: MemoryMap): string {
  const allocated = `allocated at ${site(by, map)}`;
  return freedBy === undefined ? allocated : `${allocated}, freed at ${site(freedBy, map)}`;
}

const site = (pc: bigint | null, map: MemoryMap): string => (pc === null ? 'start' : map.where(pc));

const count = (bytes: number): string => `${bytes} byte${bytes === 1 ? '' : 's'}`;

/** Where an address lies to a piece of memory. */
function place(
  { address, size }: { readonly address: bigint; readonly size: number },
  what: string,
  at: bigint,
): string {
  if (at < address) return `${count(Number(address - at))} before ${what}`;
  const end = address + BigInt(size);
  return at < end ? `${at - address} bytes into ${what}` : `${count(Number(at - end) + 1)} past the end of ${what}`;
}
