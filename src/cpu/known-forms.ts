/**
 * What each version of the engine is known to compute wrongly, after all that `native/` makes up for. Held against a
 * real processor in November 2026; docs/threat-model.md has the forms that no version runs.
 */
const KNOWN: readonly (readonly [version: RegExp, forms: string])[] = [
  [/^2\.0\./, 'CF and OF after shl, shr and sar by cl, shld and shrd, to memory: 40 of 463 forms with memory operands'],
  [/^2\.1\.1$/, 'none of integer code; of SSE the exception flags of MXCSR, and which of two NaNs is the result'],
];

/** For people: the wrong forms of that version of the engine. */
export function knownWrongForms(version: string): string {
  const [, forms = 'not known: this version was never held against a processor'] =
    KNOWN.find(([pattern]) => pattern.test(version)) ?? [];
  return forms;
}
