import { hex } from '../hex.ts';

/**
 * What the memory checker objects to; a real processor would have gone on: a touch of poisoned bytes, a transfer that
 * begins in one object and ends in another, a store over a return address, bytes sent out that were never written, or a
 * format that is no constant.
 */
export type Misuse =
  | 'readPoison'
  | 'writePoison'
  | 'readOverrun'
  | 'writeOverrun'
  | 'writeReturnAddress'
  | 'sendUnwritten'
  | 'readUnwritten'
  | 'format';

/** Why the processor could not go on: what a real one would have raised. A value, never an exception. */
export interface CpuException {
  /** `read`, `write` and `fetch` are page faults: nothing is mapped there, or not for that. */
  readonly kind:
    | 'read'
    | 'write'
    | 'fetch'
    | 'invalidOpcode'
    | 'divide'
    | 'protection'
    | 'interrupt'
    | 'engine'
    | Misuse;
  /** The instruction itself, of a software interrupt too. */
  readonly pc: bigint;
  /** The address that the access named; null where no memory was touched. */
  readonly address: bigint | null;
  /** Bytes of that access; 0 where no memory was touched. */
  readonly size: number;
  /** The vector, for interrupts and exceptions that have one here. */
  readonly vector: number | null;
  /** One line for people. */
  readonly message: string;
}

/**
 * Why `run` came back. `halt`: `pc` is the HLT itself. `preempted`: `pc` is the instruction behind the port access.
 * `trap`: `pc` is the trapped instruction, which has not run.
 */
export type Stop =
  | { readonly reason: 'halt' | 'budget' | 'stopped' | 'preempted' | 'trap'; readonly pc: bigint }
  | { readonly reason: 'fault'; readonly pc: bigint; readonly fault: CpuException };

/** `uc_mem_type` of a fault: what was tried, and whether the page was missing or protected. */
const MEMORY_EXCEPTIONS: Record<number, readonly [CpuException['kind'], string]> = {
  19: ['read', 'read of unmapped memory'],
  20: ['write', 'write to unmapped memory'],
  21: ['fetch', 'jump to unmapped memory'],
  22: ['write', 'write to write-protected memory'],
  23: ['read', 'read of protected memory'],
  24: ['fetch', 'jump to memory that is not executable'],
};

export function memoryException(type: number, pc: bigint, address: bigint, size: number): CpuException {
  const [kind, text] = MEMORY_EXCEPTIONS[type] ?? ['read', `memory fault ${type}`];
  return { kind, pc, address, size, vector: 14, message: `${text} at ${hex(address)}` };
}

/** Exceptions that arrive as interrupts, by vector (Intel SDM volume 3, table 6-1). */
const EXCEPTIONS: Record<number, readonly [CpuException['kind'], string]> = {
  0: ['divide', 'divide error (#DE)'],
  1: ['interrupt', 'debug exception (#DB)'],
  3: ['interrupt', 'breakpoint (int3)'],
  4: ['interrupt', 'overflow (#OF)'],
  5: ['interrupt', 'bound range exceeded (#BR)'],
  6: ['invalidOpcode', 'invalid opcode (#UD)'],
  10: ['protection', 'invalid TSS (#TS)'],
  11: ['protection', 'segment not present (#NP)'],
  12: ['protection', 'stack-segment fault (#SS)'],
  13: ['protection', 'general protection fault (#GP)'],
};

export function interruptException(vector: number, pc: bigint): CpuException {
  const [kind, text] = EXCEPTIONS[vector] ?? ['interrupt', `software interrupt ${vector}`];
  return { kind, pc, address: null, size: 0, vector, message: text };
}

/** Opcodes of the interrupts that are one byte long: ICEBP, INT3, INTO. */
const ONE_BYTE_INTERRUPTS: Readonly<Record<number, number>> = { 1: 0xf1, 3: 0xcc, 4: 0xce };

/** Bytes of the interrupt instruction that ends with these two; 0: the vector came from something else. */
export function interruptLength(vector: number, first?: number, second?: number): bigint {
  if (first === 0xcd && second === vector) return 2n;
  return second !== undefined && ONE_BYTE_INTERRUPTS[vector] === second ? 1n : 0n;
}

export function invalidOpcode(pc: bigint): CpuException {
  return { kind: 'invalidOpcode', pc, address: null, size: 0, vector: 6, message: 'invalid opcode (#UD)' };
}

export function engineException(error: number, pc: bigint): CpuException {
  return {
    kind: 'engine',
    pc,
    address: null,
    size: 0,
    vector: null,
    message: `the CPU engine gave up (uc_err ${error})`,
  };
}

/** By the addon's number. */
export const MISUSES: readonly Misuse[] = ['readPoison', 'writePoison', 'writeReturnAddress'];

const MISUSE_TEXT: Readonly<Record<Misuse, string>> = {
  readPoison: 'read of memory that is nobody’s',
  writePoison: 'write to memory that is nobody’s',
  readOverrun: 'read that begins in one object and ends in another',
  writeOverrun: 'write that begins in one object and ends in another',
  writeReturnAddress: 'write over a return address on the stack',
  sendUnwritten: 'memory that was never written is sent to a port',
  readUnwritten: 'read of memory that was never written',
  format: 'a format on the stack or the heap',
};

export function misuseException(kind: Misuse, pc: bigint, address: bigint, size: number): CpuException {
  return { kind, pc, address, size, vector: null, message: `${MISUSE_TEXT[kind]}, at ${hex(address)}` };
}
