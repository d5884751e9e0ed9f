import type { CpuException } from '../cpu/index.ts';

/** A HLT of the guest's own: nothing would ever wake it here. */
export function haltException(pc: bigint): CpuException {
  const message = 'the guest executed HLT itself';
  return { kind: 'protection', pc, address: null, size: 0, vector: null, message };
}
