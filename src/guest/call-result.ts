import type { CallResult, GuestOutcome } from './outcome.ts';
import type { RunnerParts } from './runner-parts.ts';

/** What a call that is over gave: the result registers, by the word size. */
export function callResult(
  { machine, convention }: Pick<RunnerParts, 'machine' | 'convention'>,
  outcome: GuestOutcome | null,
): CallResult {
  const { rax, rdx } = machine.registers;
  if (convention.wordSize === 8) return { outcome, value: rax, wideValue: rax };
  const low = BigInt.asUintN(32, rax);
  return { outcome, value: low, wideValue: (BigInt.asUintN(32, rdx) << 32n) | low };
}
