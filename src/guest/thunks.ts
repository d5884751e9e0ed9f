import type { RegisterName } from '../cpu/index.ts';

/**
 * Functions that compilers call behind the source's back and that keep every register: no stub in TypeScript can
 * stand for them, a few bytes of machine code do.
 */
const RET = Uint8Array.of(0xc3);

/** Numbers of the registers in an instruction's ModRM byte; 8 and above need a REX prefix. */
const REGISTERS: readonly RegisterName[] = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];

/** -mindirect-branch=thunk-extern, -mretpoline-external-thunk and their clang names. */
const INDIRECT = /^__(?:x86_indirect_thunk|llvm_(?:external_)?retpoline)_([er]\w{1,2})$/;

/** The machine code of a compiler's helper, null for every other symbol. */
export function thunkCode(name: string): Uint8Array | null {
  if (name === '__fentry__' || name === '__x86_return_thunk') return RET;
  const register = INDIRECT.exec(name)?.[1];
  return register === undefined ? null : jumpThrough(register);
}

/** `jmp *%register`. */
function jumpThrough(register: string): Uint8Array | null {
  const extended = /^r(8|9|1[0-5])$/.exec(register)?.[1];
  if (extended !== undefined) return Uint8Array.of(0x41, 0xff, 0xe0 + Number(extended) - 8);
  const number = REGISTERS.findIndex((name) => name.slice(1) === register.slice(1));
  return number < 0 ? null : Uint8Array.of(0xff, 0xe0 + number);
}
