/** Forms that the engine computes otherwise than the real processor: the table of docs/threat-model.md. */
export const KNOWN_WRONG: readonly { readonly forms: RegExp; readonly name: string; readonly what: string }[] = [
  {
    forms: /^64 Sh[lr]d_rm\d+_r\d+_imm8 memory$/,
    name: 'SHLD and SHRD by an immediate, of memory relative to RIP',
    what: 'the address is one byte too high',
  },
  { forms: /^(32|64) Neg_rm\d+ memory lock$/, name: 'LOCK NEG', what: 'flags' },
  {
    forms: /^(32|64) Cmpxchg(8b_m64|16b_m128) memory/,
    name: 'CMPXCHG8B and CMPXCHG16B behind an instruction that sets flags',
    what: 'the flags other than ZF',
  },
  {
    forms: /^(32|64) Test_rm\d+_imm\d+_F[67]r1/,
    name: 'TEST with an immediate, encoded as F6 /1 or F7 /1',
    what: 'an invalid opcode; no compiler emits it',
  },
  { forms: /^(32|64) (Popcnt|Movbe|Adcx|Adox)_/, name: 'POPCNT, MOVBE, ADCX, ADOX', what: 'an invalid opcode' },
  { forms: /^(32|64) (Tzcnt|Lzcnt)_/, name: 'TZCNT, LZCNT', what: 'BSF or BSR is run' },
];

export const isKnownWrong = (name: string): boolean => KNOWN_WRONG.some(({ forms }) => forms.test(name));
