import type { Vmcall, VmcallResult } from '../cpu/index.ts';
import { BDOOR_MAGIC, BDOOR_PORT, BDOORHB_PORT, type PortAccess, type RegisterFrame } from '../protocol/index.ts';

/** Low bits of dx where a port call has its port (open-vm-tools backdoor_def.h, `BDOOR_FLAGS_*`). */
const BDOOR_FLAGS_HB = 1;
const BDOOR_FLAGS_WRITE = 2;

/**
 * A hypercall as the port access that it stands for: the same registers, with flags in dx.
 * ASSUMED: the high-bandwidth form leaves count and pointer as the REP would.
 */
export class HypercallAccess implements PortAccess {
  readonly port: number;
  readonly width: 1 | 4;
  readonly direction: 'in' | 'out';
  readonly string: boolean;
  readonly count: number;
  readonly registers: RegisterFrame;
  readonly pc: bigint;
  data: Uint8Array;

  readonly #call: Vmcall;

  private constructor(call: Vmcall, highBandwidth: boolean, write: boolean, count: number) {
    this.#call = call;
    this.port = highBandwidth ? BDOORHB_PORT : BDOOR_PORT;
    this.width = highBandwidth ? 1 : 4;
    // A low-bandwidth call is an IN with or without the write flag: guests set it either way.
    this.direction = highBandwidth && write ? 'out' : 'in';
    this.string = highBandwidth;
    this.count = count;
    this.registers = call.registers;
    this.pc = call.pc;
    this.data = this.direction === 'out' ? call.machine.read(call.registers.rsi, count) : new Uint8Array(0);
  }

  /** @returns null where this is no backdoor call, or the first address that the transfer cannot touch. */
  static from(call: Vmcall): HypercallAccess | Exclude<VmcallResult, string> | null {
    const { registers, machine } = call;
    if (registers.eax !== BDOOR_MAGIC) return null;
    const write = (registers.edx & BDOOR_FLAGS_WRITE) !== 0;
    if ((registers.edx & BDOOR_FLAGS_HB) === 0) return new HypercallAccess(call, false, write, 1);
    const start = write ? registers.rsi : registers.rdi;
    const wanted = registers.rcx > 0x40000000n ? 0x40000000 : Number(registers.rcx);
    const mapped = machine.mappedLength(start, wanted);
    if (mapped < wanted) return { write: !write, address: start + BigInt(mapped) };
    return new HypercallAccess(call, true, write, wanted);
  }

  /** Moves what the device gave into the guest. */
  finish(): void {
    if (!this.string) return;
    const { registers, machine } = this.#call;
    if (this.direction === 'in') machine.write(registers.rdi, this.data.subarray(0, this.count));
    registers[this.direction === 'in' ? 'rdi' : 'rsi'] += BigInt(this.count);
    registers.rcx = 0n;
  }
}
