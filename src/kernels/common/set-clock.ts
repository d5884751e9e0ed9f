import type { BsdKernel } from './bsd-kernel.ts';

const SECOND = 1_000_000_000n;

/** Sets the clock as tc_setclock does: a struct timespec whose second field is no part of a second is none. */
export function setClock(k: BsdKernel & { updateClock(): void }, seconds: bigint, nanoseconds: bigint): void {
  const signed = BigInt.asIntN(k.wordSize * 8, nanoseconds);
  if (signed < 0n || signed >= SECOND) {
    k.panic(`tc_setclock: ${signed} ns are no part of a second`);
    return;
  }
  k.state.change.clockOffset = seconds * SECOND + signed - k.uptime;
  k.updateClock();
}
