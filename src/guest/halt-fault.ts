import type { Fault } from '../cpu/index.ts';

/** A HLT of the guest's own: nothing would ever wake it here. */
export function haltFault(pc: bigint): Fault {
  const message = 'the guest executed HLT itself';
  return { kind: 'protection', pc, address: null, size: 0, vector: null, message };
}
