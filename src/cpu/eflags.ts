/** EFLAGS.IF: interrupts are let in (Intel SDM, volume 1, 3.4.3.3). */
export const INTERRUPT_FLAG = 0x200n;
