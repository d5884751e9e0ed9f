import { INTERRUPT_FLAG } from '../cpu/index.ts';

/** As sti and cli do. @returns whether interrupts were let in before. */
export function setInterrupts(registers: { rflags: bigint }, on: boolean): boolean {
  const before = registers.rflags;
  registers.rflags = on ? before | INTERRUPT_FLAG : before & ~INTERRUPT_FLAG;
  return (before & INTERRUPT_FLAG) !== 0n;
}
