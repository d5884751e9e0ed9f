import type { Fault, Misuse } from '../cpu/index.ts';
import type { Allocation, Heap } from './heap.ts';

/** What an objection of the memory checker is called, as the kernels' own address sanitizers do. */
const NAMES: Readonly<Record<Misuse, string>> = {
  readPoison: 'out of bounds read',
  writePoison: 'out of bounds write',
  writeReturnAddress: 'stack overflow',
  sendUnwritten: 'uninitialised bytes are sent to the host',
  readUnwritten: 'use of uninitialised memory',
};

const NO_BLOCK = 'No heap block is near.';

const MISUSES = new Set<string>(Object.keys(NAMES));

/** A fault that only the memory checker saw. */
export type MisuseFault = Fault & { readonly kind: Misuse; readonly address: bigint };

export function isMisuse(fault: Fault): fault is MisuseFault {
  return MISUSES.has(fault.kind) && fault.address !== null;
}

/**
 * Tells a misuse in two parts: one line, and what is known of the object.
 * @param where names an address for people.
 */
export function describeMisuse(
  fault: MisuseFault,
  heap: Heap,
  where: (pc: bigint) => string,
): { readonly message: string; readonly detail: string } {
  const { kind, address, size } = fault;
  const bytes = `${size} byte${size === 1 ? '' : 's'} at 0x${address.toString(16)}`;
  if (kind === 'writeReturnAddress') {
    return {
      message: `${NAMES[kind]}: a store of ${bytes} runs over a return address`,
      detail: 'A local array is too small for what is written to it.',
    };
  }
  const block = heap.nearest(address);
  if (block === null) return { message: `${NAMES[kind]}: ${bytes}`, detail: NO_BLOCK };
  const freed = block.freedBy !== undefined;
  const name = freed && kind !== 'sendUnwritten' ? 'use after free' : NAMES[kind];
  return { message: `${name}: ${bytes}, ${place(block, address)}`, detail: `It was ${history(block, where)}.` };
}

/** What is known of the block that a call gave back, and should not have. */
export function describeBlock(address: bigint, heap: Heap, where: (pc: bigint) => string): string {
  const block = heap.nearest(address);
  if (block === null) return NO_BLOCK;
  if (block.address === address) return `It was ${history(block, where)}.`;
  return `It is ${place(block, address)}, ${history(block, where)}.`;
}

function history({ by, freedBy }: Allocation, where: (pc: bigint) => string): string {
  const allocated = `allocated at ${site(by, where)}`;
  return freedBy === undefined ? allocated : `${allocated}, freed at ${site(freedBy, where)}`;
}

const site = (pc: bigint | null, where: (pc: bigint) => string): string => (pc === null ? 'start' : where(pc));

/** Where an address lies to a block. */
function place({ address, size, freedBy }: Allocation, at: bigint): string {
  const block = `a ${freedBy === undefined ? '' : 'freed '}block of ${size} bytes`;
  if (at < address) return `${address - at} bytes before ${block}`;
  const end = address + BigInt(size);
  return at < end
    ? `${at - address} bytes into ${block}`
    : `${at - end + 1n} byte${at === end ? '' : 's'} past the end of ${block}`;
}
