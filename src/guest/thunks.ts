import type { RegisterName } from '../cpu/index.ts';

/**
 * Functions that compilers call behind the source's back and that keep every register: no stub in TypeScript can
 * stand for them, a few bytes of machine code do.
 */
const RET = Uint8Array.of(0xc3);

/** `xor %eax,%eax; ret`. */
const RETURN_0 = Uint8Array.of(0x31, 0xc0, 0xc3);

/**
 * `xdr_free(proc, object)` of amd64's libtirpc: calls proc with an XDR on the stack that says XDR_FREE.
 * sub $56,%rsp; movl $2,(%rsp); mov %rdi,%rax; mov %rsp,%rdi; call *%rax; add $56,%rsp; ret
 */
const XDR_FREE = Uint8Array.from(
  Buffer.from('4883ec38c7042402000000 4889f8 4889e7 ffd0 4883c438 c3'.replaceAll(' ', ''), 'hex'),
);

/**
 * Names that are code without a function behind it: what ftrace and return thunks call, and Linux's static calls,
 * which are patched into their callers: preemption points do nothing here, and they keep every register.
 */
const NAMED: Readonly<Record<string, Uint8Array>> = {
  __fentry__: RET,
  mcount: RET,
  __x86_return_thunk: RET,
  __SCT__preempt_schedule: RET,
  __SCT__preempt_schedule_notrace: RET,
  __SCT__cond_resched: RETURN_0,
  __SCT__might_resched: RETURN_0,
  __static_call_return0: RETURN_0,
  __SCT__irqentry_exit_cond_resched: RETURN_0,
  xdr_free: XDR_FREE,
};

/**
 * Linux's 64-bit atomics on i386 (arch/x86/include/asm/atomic64_32.h): the variable is at (%ecx) or (%esi), the value in
 * edx:eax or ecx:ebx, the result in edx:eax.
 */
const ATOMIC64: Readonly<Record<string, string>> = {
  read: '8b018b5104',
  set: '891e894e04',
  xchg: '8b068b5604891e894e04',
  add_return: '01011151048b018b5104',
  sub_return: '29011951048b018b5104',
  inc_return: '830601835604008b068b5604',
  dec_return: '832e01835e04008b068b5604',
};

/** Numbers of the registers in an instruction's ModRM byte; 8 and above need a REX prefix. */
const REGISTERS: readonly RegisterName[] = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];

/** -mindirect-branch=thunk-extern, -mretpoline-external-thunk and their clang names. */
const INDIRECT = /^__(?:x86_indirect_(?:(?:call|jump)_)?thunk|llvm_(?:external_)?retpoline)_([er]\w{1,2})$/;

/** The machine code of a compiler's helper, null for every other symbol. */
export function thunkCode(name: string): Uint8Array | null {
  if (Object.hasOwn(NAMED, name)) return NAMED[name] ?? null;
  const atomic = ATOMIC64[/^atomic64_(\w+)_cx8$/.exec(name)?.[1] ?? ''];
  if (atomic !== undefined) return Uint8Array.from(Buffer.from(`${atomic}c3`, 'hex'));
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
