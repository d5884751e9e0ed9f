import type { RegisterFrame } from '../../protocol/index.ts';

/** What is wrong with an access that means to be a backdoor call, in the words of the sequence that made it. Plain data. */
export interface Violation {
  /** One line without values: the same error elsewhere has the same title. */
  readonly title: string;
  /** With values: a sentence or two. */
  readonly explanation: string;
}

/** The 32-bit names of a frame. */
export type RegisterName32 = Exclude<keyof RegisterFrame, `r${string}`>;
export type Registers32 = Readonly<Record<RegisterName32, number>>;

export const REGISTERS: readonly RegisterName32[] = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'];

export const upper = (name: RegisterName32): string => name.toUpperCase();

/** The upper half below, the lower half above. */
export const halvesExchanged = (value: number): number => ((value << 16) | (value >>> 16)) >>> 0;

/** Bytes reversed. */
const bytesReversed = (value: number): number =>
  (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;

/**
 * How a register came to hold `given` where `wanted` was meant, as far as the values tell.
 * @param registers where else the wanted value may be.
 */
export function causeOf(name: RegisterName32, given: number, wanted: number, registers: Registers32): string {
  if (given === (wanted & 0xffff)) return 'only its low 16 bits were loaded';
  if (given === halvesExchanged(wanted)) return 'its halves are exchanged';
  if (given === bytesReversed(wanted)) return 'its bytes are reversed';
  const elsewhere = REGISTERS.find((other) => other !== name && registers[other] === wanted);
  if (elsewhere !== undefined) return `${upper(elsewhere)} holds it`;
  return 'it was not loaded';
}
