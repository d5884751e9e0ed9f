import { VmtbenchError } from '../../errors.ts';
import { alignDown } from '../../memory.ts';
import type { MemoryAccess } from '../memory.ts';
import type { CallingConvention } from './conventions.ts';
import { bitsOf, type ResultType } from './types.ts';

/** The registers that a call writes. */
export interface CallRegisters {
  set(name: CallingConvention['registers'][number], value: bigint): void;
  rsp: bigint;
  rbp: bigint;
  rflags: bigint;
}

/** Interrupts on, direction flag clear: what the ABIs promise to a function. */
const ENTRY_FLAGS = 0x202n;

/**
 * Writes registers and stack as a call instruction with these integer arguments would have left them. One argument
 * is one slot: a 64-bit value on i386 is two, low half first. The frame pointer is 0, where a stack walk ends.
 * @returns what the stack pointer must be when the function has returned.
 * @throws VmtbenchError `guest.argument` for a value that does not fit a slot.
 */
export function prepareCall(
  memory: MemoryAccess,
  registers: CallRegisters,
  convention: CallingConvention,
  stackTop: bigint,
  returnAddress: bigint,
  args: readonly bigint[],
): bigint {
  const { wordSize, stackAlign } = convention;
  const slots = args.map((value) => slotOf(value, wordSize));
  // Arguments that fit in registers lie on the stack too: a function with `...` reads them there; others ignore them.
  const inBoth = convention.registersAndStack === true && slots.length <= convention.registers.length;
  const onStack = inBoth ? slots : slots.slice(convention.registers.length);
  const first = alignDown(stackTop - BigInt(onStack.length * wordSize), stackAlign);
  onStack.forEach((value, index) => {
    memory.writeUint(first + BigInt(index * wordSize), wordSize, value);
  });
  registers.rsp = first - BigInt(wordSize);
  memory.writeUint(registers.rsp, wordSize, returnAddress);
  convention.registers.forEach((register, index) => {
    registers.set(register, slots[index] ?? 0n);
  });
  registers.rbp = 0n;
  registers.rflags = ENTRY_FLAGS;
  return first;
}

function slotOf(value: bigint, wordSize: 4 | 8): bigint {
  const bits = wordSize * 8;
  const unsigned = BigInt.asUintN(bits, value);
  if (unsigned === value || BigInt.asIntN(bits, value) === value) return unsigned;
  const hint = 'On i386 give a 64-bit argument as two: the low half, then the high half.';
  throw new VmtbenchError('guest.argument', `argument ${value} does not fit ${bits} bits`, hint);
}

/** The registers that carry a result. */
export interface ResultRegisters {
  rax: bigint;
  rdx: bigint;
}

/** Gives a stub's result: rax, on i386 eax or edx:eax. */
export function setResult(registers: ResultRegisters, type: ResultType, wordBits: 32 | 64, value: bigint): void {
  if (type === 'void') return;
  const bits = bitsOf(type, wordBits);
  if (bits === 64 && wordBits === 32) registers.rdx = BigInt.asUintN(32, value >> 32n);
  registers.rax = BigInt.asUintN(bits === 64 && wordBits === 32 ? 32 : bits, value);
}
