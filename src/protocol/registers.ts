/**
 * The registers of one backdoor call, as a guest's CPU (or a test) hands them over and takes them back.
 *
 * The 32-bit names read unsigned numbers; writing one ZERO-EXTENDS into the 64-bit register, as VMware does and as
 * vmwgfx (rbx) and vmw_balloon (rax, rbx, rcx) rely on. The host writes only what a call returns: a register that is
 * never assigned keeps all of its 64 bits.
 */
export interface RegisterFrame {
  eax: number;
  ebx: number;
  ecx: number;
  edx: number;
  esi: number;
  edi: number;
  ebp: number;
  rax: bigint;
  rbx: bigint;
  rcx: bigint;
  rdx: bigint;
  rsi: bigint;
  rdi: bigint;
  rbp: bigint;
}

/** The registers a call may return. EBP is a cookie of the high-bandwidth port and never an output. */
export type OutputRegister = 'eax' | 'ebx' | 'ecx' | 'edx' | 'esi' | 'edi';
