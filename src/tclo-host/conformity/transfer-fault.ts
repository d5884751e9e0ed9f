import { hex } from '../../hex.ts';
import type { RegisterFrame } from '../../protocol/index.ts';
import { COOKIES, otherLayout, type Slots } from './cookies.ts';
import type { Violation } from './violation.ts';

/** What the memory of the guest tells of a pointer. */
export interface PointerFacts {
  /** 64-bit code: pointers have an upper half. */
  readonly wide: boolean;
  /** An address of the guest's own, such as its stack's: others have the same upper half. */
  readonly known: bigint;
  readonly isMapped: (address: bigint) => boolean;
}

const UPPER = 0xffff_ffff_0000_0000n;

/** What is wrong with the registers of a transfer that met a page fault: the pointer, or where the cookie is. */
export function transferFaultViolation(
  direction: 'in' | 'out',
  registers: RegisterFrame,
  slots: Slots,
  memory: PointerFacts,
): Violation {
  const form = direction === 'out' ? 'highOut' : 'highIn';
  const name = direction === 'out' ? 'rsi' : 'rdi';
  const pointer = registers[name];
  const channel = slots[registers.edx >>> 16];
  if (channel?.checked === true) {
    const layout = otherLayout(form, channel.cookieHigh, channel.cookieLow, registers);
    if (layout !== null) return layout;
  }
  const shown = memory.wide ? name.toUpperCase() : `E${name.slice(1).toUpperCase()}`;
  const cause = pointerCause(pointer, slots, memory);
  const [high, low] = COOKIES[form].map((register) => register.toUpperCase());
  return {
    title: `${shown} does not point at the data of a transfer: ${cause}`,
    explanation: `${shown} holds ${hex(pointer)}, where nothing is: ${cause}. The cookie of this transfer is in ${high} and ${low}.`,
  };
}

function pointerCause(pointer: bigint, slots: Slots, { wide, known, isMapped }: PointerFacts): string {
  if (wide && (pointer & UPPER) === 0n && isMapped((known & UPPER) | pointer)) return 'its upper half was lost';
  const owner = slots.find((c) => c !== null && [c.cookieHigh, c.cookieLow].includes(Number(pointer & 0xffffffffn)));
  return owner === undefined || owner === null
    ? 'it was not loaded'
    : `it holds half of the cookie of channel ${owner.id}`;
}
