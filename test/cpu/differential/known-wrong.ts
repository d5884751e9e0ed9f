/** Forms that the engine computes otherwise than the real processor; docs/threat-model.md has the same table in words. */
export const KNOWN_WRONG: readonly { readonly forms: RegExp; readonly what: string }[] = [
  { forms: /^(32|64) (Shl|Sal|Shr|Sar)_rm\d+_CL memory$/, what: 'flags of a shift of memory by cl' },
  { forms: /^(32|64) Sh[lr]d_rm\d+_r\d+_(CL|imm8) memory$/, what: 'flags of a double shift of memory' },
  { forms: /^(32|64) Neg_rm\d+ memory lock$/, what: 'flags' },
  { forms: /^(32|64) Cmpxchg(8b_m64|16b_m128) memory/, what: 'flags other than ZF, in a block that sets flags' },
  { forms: /^64 Cmpxchg_rm32_r32/, what: 'the upper half of rax, or of the destination' },
  { forms: /^(32|64) Test_rm\d+_imm\d+_F[67]r1/, what: 'invalid opcode: an alias that no compiler emits' },
  { forms: /^(32|64) Enter[wdq]_imm16_imm8/, what: 'pointers to outer frames: no compiler emits them' },
  { forms: /^(32|64) (Popcnt|Movbe)_/, what: 'invalid opcode' },
];

export const isKnownWrong = (name: string): boolean => KNOWN_WRONG.some(({ forms }) => forms.test(name));
