import { placesOf, type RegisterName } from '../../cpu/index.ts';

/** How a compiled function takes its integer and pointer arguments. */
export interface CallingConvention {
  readonly name: string;
  /** Bytes of an argument slot and of a return address. */
  readonly wordSize: 4 | 8;
  /** Registers of the first arguments, in order; the rest is on the stack, the first lowest. */
  readonly registers: readonly RegisterName[];
  /** The same, as places in the record that the processor's registers are in. */
  readonly places: readonly number[];
  /** Functions with `...` take all arguments from the stack. */
  readonly registersAndStack?: boolean;
  /** Stack alignment in bytes at the call instruction. */
  readonly stackAlign: number;
}

const convention = (row: Omit<CallingConvention, 'places'>): CallingConvention => ({
  ...row,
  places: placesOf(row.registers),
});

/** System V ABI, AMD64 supplement, 3.2.3. */
const SYSV_AMD64: CallingConvention = convention({
  name: 'sysv-amd64',
  wordSize: 8,
  registers: ['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'],
  stackAlign: 16,
});

/** System V ABI, Intel386 supplement: all arguments on the stack, the caller removes them. */
const CDECL_I386: CallingConvention = convention({ name: 'cdecl-i386', wordSize: 4, registers: [], stackAlign: 16 });

/** GCC's -mregparm=3, which Linux and iPXE use on i386. Functions with `...` keep to cdecl. */
export const REGPARM3_I386: CallingConvention = convention({
  ...CDECL_I386,
  name: 'regparm3-i386',
  registers: ['rax', 'rdx', 'rcx'],
  registersAndStack: true,
});

/** The usual convention of a processor mode. */
export function conventionFor(bits: 32 | 64): CallingConvention {
  return bits === 64 ? SYSV_AMD64 : CDECL_I386;
}

/** How a function takes its arguments where the others go by `usual`. */
export function conventionOf(
  { variadic = false, regparm = false }: { readonly variadic?: boolean; readonly regparm?: boolean },
  usual: CallingConvention,
): CallingConvention {
  if (usual.wordSize === 8) return usual;
  if (variadic) return CDECL_I386;
  return regparm ? REGPARM3_I386 : usual;
}
