/** Forms that the engine computes otherwise than the real processor. */
export const KNOWN_WRONG: readonly { readonly forms: RegExp; readonly what: string }[] = [
  { forms: /^64 Sh[lr]d_rm\d+_r\d+_imm8 memory$/, what: 'the address, where it is relative to RIP' },
  { forms: /^(32|64) Neg_rm\d+ memory lock$/, what: 'flags' },
  { forms: /^(32|64) Cmpxchg(8b_m64|16b_m128) memory/, what: 'flags other than ZF, in a block that sets flags' },
  { forms: /^(32|64) Test_rm\d+_imm\d+_F[67]r1/, what: 'invalid opcode: an alias that no compiler emits' },
  { forms: /^(32|64) (Popcnt|Movbe|Adcx|Adox)_/, what: 'invalid opcode' },
  { forms: /^(32|64) (Tzcnt|Lzcnt)_/, what: 'runs as BSF or BSR' },
];

export const isKnownWrong = (name: string): boolean => KNOWN_WRONG.some(({ forms }) => forms.test(name));
