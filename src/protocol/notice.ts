import { BDOOR_MAGIC } from './constants.ts';
import type { PortAccess } from './port.ts';
import type { RegisterFrame } from './registers.ts';

/**
 * An access that did nothing, and why:
 * - `noMagic`: the right port without the magic in eax;
 * - `wrongPort`: the magic in eax, but a port that is not the backdoor's;
 * - `wrongForm`: string I/O on a port that has none, or the reverse;
 * - `unownedPort`: a port that nobody owns.
 */
export type NoticeKind = 'noMagic' | 'wrongPort' | 'wrongForm' | 'unownedPort';

/** Plain data, taken before the access changed a register. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly port: number;
  readonly direction: 'in' | 'out';
  readonly width: 1 | 2 | 4;
  readonly string: boolean;
  readonly pc: bigint;
  readonly registers: Readonly<Record<RegisterName, number>>;
}

type RegisterName = Exclude<keyof RegisterFrame, `r${string}`>;

export function notice(kind: NoticeKind, access: PortAccess): Notice {
  const { port, direction, width, string, pc } = access;
  const { eax, ebx, ecx, edx, esi, edi, ebp } = access.registers;
  const reported = kind === 'unownedPort' && eax === BDOOR_MAGIC ? 'wrongPort' : kind;
  return { kind: reported, port, direction, width, string, pc, registers: { eax, ebx, ecx, edx, esi, edi, ebp } };
}
