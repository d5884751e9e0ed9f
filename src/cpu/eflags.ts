/** EFLAGS.IF, in RFLAGS: interrupts can preempt (Intel SDM, volume 1, 3.4.3.3). */
export const INTERRUPT_FLAG = 0x200n;

/** EFLAGS.DF, in the low half of RFLAGS: string instructions run backwards (3.4.3.2). */
export const DIRECTION_FLAG = 0x400;
