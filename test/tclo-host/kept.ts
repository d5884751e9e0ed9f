import type { OutputRegister } from '../../src/protocol/index.ts';
import { COMMANDS, type HostFault, SUB_COMMANDS } from '../../src/tclo-host/index.ts';

const INDEX = { eax: 0, ebx: 1, ecx: 2, edx: 3, esi: 4, edi: 5 } as const;
const maskOf = (outputs: readonly OutputRegister[]): number =>
  outputs.reduce((mask, name) => mask | (1 << INDEX[name]), 0);
const SUB_MASKS = SUB_COMMANDS.map((row) => maskOf(row.outputs));
const COMMAND_MASKS = new Map(COMMANDS.map((row) => [row.number, maskOf(row.outputs)]));

/** What a refused message call may change. */
export const REFUSED_MASK = maskOf(['eax', 'ecx']);
/** What a high-bandwidth call may change. */
export const HIGH_MASK = maskOf(['ebx']);

/** The registers that a call on port 0x5658 may change, by the two halves of each register before it. */
export function lowMask(before: Uint32Array, fault: HostFault | null): number {
  const ecx = before[4] ?? 0;
  const command = ecx & 0xffff;
  // EAX: the answer of a command that is not known.
  const mask = command === 0x1e ? (SUB_MASKS[ecx >>> 16] ?? REFUSED_MASK) : (COMMAND_MASKS.get(command) ?? 1) | 1;
  return fault === null ? mask : mask | REFUSED_MASK;
}

/** Registers outside the mask keep all their 64 bits; those that changed are zero-extended. */
export function assertKept(before: Uint32Array, after: Uint32Array, mask: number): void {
  for (let index = 0; index < 7; index += 1) {
    const [low, high] = [2 * index, 2 * index + 1];
    const same = after[low] === before[low] && after[high] === before[high];
    if (same || ((mask >> index) & 1 && after[high] === 0)) continue;
    throw new Error(`register ${index} changed: ${[...before]} -> ${[...after]}`);
  }
}
