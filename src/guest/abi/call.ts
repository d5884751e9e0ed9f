import { VmtbenchError } from '../../errors.ts';
import { alignDown } from '../../memory.ts';
import type { MemoryAccess } from '../memory.ts';
import type { CallingConvention } from './conventions.ts';
import { bitsOf, type ResultType } from './types.ts';

/** The registers that a call writes. */
export interface CallRegisters {
  /** By a place of {@link CallingConvention.places}. */
  setAt(place: number, value: bigint): void;
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
  const { wordSize, stackAlign, places } = convention;
  // Arguments that fit in registers lie on the stack too: a function with `...` reads them there; others ignore them.
  const inBoth = convention.registersAndStack === true && args.length <= places.length;
  const inRegisters = inBoth ? 0 : Math.min(places.length, args.length);
  const first = alignDown(stackTop - BigInt((args.length - inRegisters) * wordSize), stackAlign);
  for (let index = inRegisters; index < args.length; index++) {
    const at = first + BigInt((index - inRegisters) * wordSize);
    memory.writeUint(at, wordSize, slotOf(args[index] as bigint, wordSize));
  }
  registers.rsp = first - BigInt(wordSize);
  memory.writeUint(registers.rsp, wordSize, returnAddress);
  for (let index = 0; index < places.length; index++) {
    registers.setAt(places[index] as number, index < args.length ? slotOf(args[index] as bigint, wordSize) : 0n);
  }
  registers.rbp = 0n;
  registers.rflags = ENTRY_FLAGS;
  return first;
}

const LARGEST = { 4: 0xffff_ffffn, 8: 0xffff_ffff_ffff_ffffn } as const;

function slotOf(value: bigint, wordSize: 4 | 8): bigint {
  if (value >= 0n && value <= LARGEST[wordSize]) return value;
  const bits = wordSize * 8;
  const unsigned = BigInt.asUintN(bits, value);
  if (unsigned === value || BigInt.asIntN(bits, value) === value) return unsigned;
  const hint = 'On i386 give a 64-bit argument as two: the low half, then the high half.';
  throw new VmtbenchError('guest.argument', `argument ${value} does not fit ${bits} bits`, hint);
}

/** The registers that carry a result. */
export interface ResultRegisters {
  rax: bigint;
  /** Zero-extended when written. */
  eax: number;
  rdx: bigint;
}

/** The result of a function that returned; `wideValue`: of one with 64 bits, on i386 from edx:eax. */
export function resultOf(
  { rax, rdx }: Readonly<Pick<ResultRegisters, 'rax' | 'rdx'>>,
  { wordSize }: CallingConvention,
): { value: bigint; wideValue: bigint } {
  if (wordSize === 8) return { value: rax, wideValue: rax };
  const value = BigInt.asUintN(32, rax);
  return { value, wideValue: (BigInt.asUintN(32, rdx) << 32n) | value };
}

/** Gives a stub's result: rax, on i386 eax or edx:eax. */
export function setResult(
  registers: ResultRegisters,
  type: ResultType,
  wordBits: 32 | 64,
  result: number | bigint,
): void {
  if (type === 'void') return;
  const bits = bitsOf(type, wordBits);
  if (bits === 32 && typeof result === 'number' && ((result | 0) === result || result >>> 0 === result)) {
    registers.eax = result;
    return;
  }
  const value = BigInt(result);
  if (bits === 64 && wordBits === 32) registers.rdx = BigInt.asUintN(32, value >> 32n);
  registers.rax = BigInt.asUintN(bits === 64 && wordBits === 32 ? 32 : bits, value);
}
