import type { CallRegisters } from '../protocol/index.ts';
import type { RegisterValues, Uint64 } from './format.ts';

/** The low 32 bits, unsigned. */
const low = (value: Uint64): number =>
  typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : value > 0xffffffff ? value % 0x100000000 : value;

/** The registers of one moment: all 64 bits by their wide names, the low half by those that the decoder reads. */
export class TraceRegisters implements CallRegisters {
  rax: Uint64;
  rbx: Uint64;
  rcx: Uint64;
  rdx: Uint64;
  rsi: Uint64;
  rdi: Uint64;
  rbp: Uint64;

  constructor([rax, rbx, rcx, rdx, rsi, rdi, rbp]: RegisterValues) {
    this.rax = rax;
    this.rbx = rbx;
    this.rcx = rcx;
    this.rdx = rdx;
    this.rsi = rsi;
    this.rdi = rdi;
    this.rbp = rbp;
  }

  get eax(): number {
    return low(this.rax);
  }
  get ebx(): number {
    return low(this.rbx);
  }
  get ecx(): number {
    return low(this.rcx);
  }
  get edx(): number {
    return low(this.rdx);
  }
  get esi(): number {
    return low(this.rsi);
  }
  get edi(): number {
    return low(this.rdi);
  }
  get ebp(): number {
    return low(this.rbp);
  }
}
