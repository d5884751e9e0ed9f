import type { AccessFact } from '../access.ts';
import type { AnswerFate } from '../execution.ts';
import { accessText } from '../history.ts';
import type { RunContext, RunEnd } from './invariant.ts';

/** What became of an answer, by the instruction that got it and the register; null: not known. */
export type FateOf = NonNullable<RunEnd['fateOf']>;

/** An answer that a driver may ignore: the product's type. */
const OPTIONAL: readonly string[] = ['ecx of GETVERSION'];

/** What became of an answer that nothing read. */
const FATES: Readonly<Record<Exclude<AnswerFate['kind'], 'read'>, (where: string) => string>> = {
  overwritten: (where) => `was overwritten at ${where} before anything read it`,
  call: (where) => `was lost at ${where}, where a function is called, before anything read it`,
  return: (where) => `was lost at ${where}, where the function returns, before anything read it`,
  unread: (where) =>
    `was stored at ${where}, and nothing reads it there: it misses its slot, or the compiler does not know ("memory")`,
};

/** A sentence for each register of an answer that the guest never read. */
export function lostAnswers(fact: AccessFact, fateOf: FateOf, where: RunContext['where']): string[] {
  const registers = Object.keys(fact.answer ?? {}).filter(
    // EAX of a message step has no meaning.
    (register) =>
      (register !== 'eax' || fact.call === null) && !OPTIONAL.includes(`${register} of ${accessText(fact)}`),
  );
  return registers.flatMap((register) => {
    const fate = fateOf(fact.pc, register);
    if (fate === null || fate.kind === 'read' || fate.at === null) return [];
    return [`${register.toUpperCase()} of ${accessText(fact)} ${FATES[fate.kind](where(fate.at))}.`];
  });
}
