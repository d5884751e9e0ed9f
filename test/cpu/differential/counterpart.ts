import { Code, CodeExt, type Instruction } from './iced.ts';

/** Forms that 64-bit code has under another opcode. */
const OTHER_OPCODES: ReadonlyMap<Code, Code> = new Map([
  [Code.Inc_r16, Code.Inc_rm16],
  [Code.Inc_r32, Code.Inc_rm32],
  [Code.Dec_r16, Code.Dec_rm16],
  [Code.Dec_r32, Code.Dec_rm32],
  [Code.Add_rm8_imm8_82, Code.Add_rm8_imm8],
  [Code.Or_rm8_imm8_82, Code.Or_rm8_imm8],
  [Code.Adc_rm8_imm8_82, Code.Adc_rm8_imm8],
  [Code.Sbb_rm8_imm8_82, Code.Sbb_rm8_imm8],
  [Code.And_rm8_imm8_82, Code.And_rm8_imm8],
  [Code.Sub_rm8_imm8_82, Code.Sub_rm8_imm8],
  [Code.Xor_rm8_imm8_82, Code.Xor_rm8_imm8],
  [Code.Cmp_rm8_imm8_82, Code.Cmp_rm8_imm8],
]);

/**
 * What computes the same in 64-bit code, for systems that run no other: the same instruction with addresses of 32 bits,
 * which the encoder prefixes. Null: only 32-bit code has it.
 */
export function counterpart(instruction: Instruction): Instruction | null {
  if (CodeExt.opCode(instruction.code).mode64) return instruction;
  const code = OTHER_OPCODES.get(instruction.code);
  if (code === undefined) return null;
  const other = instruction.clone();
  other.code = code;
  return other;
}
