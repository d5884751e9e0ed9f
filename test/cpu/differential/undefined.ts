import type { RegisterName } from '../../../src/cpu/index.ts';
import { type Instruction, mnemonicOf, nameOf, nameOfRegister, OpKind, Register, RflagsBits } from './iced.ts';

/** The places of the flags in RFLAGS (Intel SDM volume 1, 3.4.3). */
export const FLAG = { CF: 1n, PF: 4n, AF: 16n, ZF: 64n, SF: 128n, DF: 0x400n, OF: 0x800n } as const;

const BY_ICED: readonly (readonly [number, bigint])[] = [
  [RflagsBits.CF, FLAG.CF],
  [RflagsBits.PF, FLAG.PF],
  [RflagsBits.AF, FLAG.AF],
  [RflagsBits.ZF, FLAG.ZF],
  [RflagsBits.SF, FLAG.SF],
  [RflagsBits.DF, FLAG.DF],
  [RflagsBits.OF, FLAG.OF],
];

/** iced-x86's set of flags, as bits of RFLAGS. */
export const flagsOf = (bits: number): bigint =>
  BY_ICED.reduce((sum, [mask, flag]) => ((bits & mask) === 0 ? sum : sum | flag), 0n);

const SHIFTS: ReadonlySet<string> = new Set(['Shl', 'Sal', 'Shr', 'Sar', 'Shld', 'Shrd']);
const ROTATES: ReadonlySet<string> = new Set(['Rol', 'Ror', 'Rcl', 'Rcr']);

/** Bits of the operand that is shifted. */
const sizeOf = (instruction: Instruction): number => Number(/_rm(\d+)/.exec(nameOf(instruction.code))?.[1] ?? 64);

/** The count of a shift or rotate as the processor masks it. */
function countOf(instruction: Instruction, rcx: bigint): number {
  const last = instruction.opCount - 1;
  const isRegister = instruction.opKind(last) === OpKind.Register && instruction.opRegister(last) === Register.CL;
  const count = isRegister ? Number(rcx & 0xffn) : instruction.immediate8;
  return count & (sizeOf(instruction) === 64 ? 63 : 31);
}

/**
 * The flags that an instruction leaves undefined, with that count in rcx. iced-x86 knows them, but for the counts of
 * shifts and rotates (Intel SDM volume 2, "Flags Affected"): 0 changes no flag, 1 defines OF, and CF holds nothing when
 * all bits have been shifted out.
 */
export function undefinedFlags(instruction: Instruction, rcx: bigint): bigint {
  const mnemonic = mnemonicOf(instruction);
  const shifts = SHIFTS.has(mnemonic);
  if (!shifts && !ROTATES.has(mnemonic)) return flagsOf(instruction.rflagsUndefined);
  const count = countOf(instruction, rcx);
  if (count === 0) return 0n;
  const overflow = count === 1 ? 0n : FLAG.OF;
  if (!shifts) return overflow;
  const carry = mnemonic !== 'Sar' && count >= sizeOf(instruction) ? FLAG.CF : 0n;
  return overflow | FLAG.AF | carry;
}

/** Of a zero BSF and BSR find nothing: processors differ in what becomes of the upper half then. */
export function undefinedHalf(instruction: Instruction, flags: bigint): RegisterName | null {
  if (!/^Bs[fr]_r32/.test(nameOf(instruction.code)) || (flags & FLAG.ZF) === 0n) return null;
  return nameOfRegister(instruction.op0Register);
}
