import type { DecodedCall } from './decode.ts';
import type { RegisterFrame } from './registers.ts';

export interface PortAccess {
  /** 16 bit. */
  readonly port: number;
  /** Bytes an element. */
  readonly width: 1 | 2 | 4;
  readonly direction: 'in' | 'out';
  /** INS / OUTS. */
  readonly string: boolean;
  /** Elements of the REP; 1 without. */
  readonly count: number;
  readonly registers: RegisterFrame;
  /**
   * String forms. out: the bytes that left the guest. in: the device sets its own bytes; they are copied once, into the
   * guest. Shorter than `count` leaves the rest of the guest's buffer alone.
   */
  data: Uint8Array;
  /** Address of the instruction. */
  readonly pc: bigint;
}

export interface PortDevice<Fault = unknown> {
  readonly ports: readonly number[];
  /**
   * @param fault what the probe decided to go wrong with this access, if anything.
   * @param call the access, decoded; valid until the next access.
   */
  access(access: PortAccess, fault: Fault | null, call: DecodedCall): void;
  /** Plain data. */
  snapshot(): unknown;
  restore(state: unknown): void;
}

/** Sees every access before and after its device; trace, faults and coverage hang here. */
export interface PortProbe<Fault = unknown> {
  /**
   * @param call the access, decoded; valid until the next access.
   * @returns what shall go wrong with this access, or null.
   */
  before(access: PortAccess, call: DecodedCall): Fault | null;
  after(access: PortAccess, fault: Fault | null): void;
}

/** Reads all ones: what a port without a device gives. */
export function readOnes(access: PortAccess): void {
  if (access.direction === 'out') return;
  if (access.string) access.data = new Uint8Array(access.count * access.width).fill(0xff);
  else access.registers.eax = 0xffffffff;
}
