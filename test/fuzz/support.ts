import { readFileSync } from 'node:fs';
import { Feedback, Fuzzer, type FuzzFinding, FuzzTarget } from '../../src/fuzz/index.ts';
import { parseObject } from '../../src/object/index.ts';

/** A fixture of `fixtures/kernels`. */
export const objectNamed = (name: string) => parseObject(readFileSync(`fixtures/kernels/${name}.o`), name);

/** A fixture ready to be executed, with its feedback. */
export function targetOf(name: string): { readonly target: FuzzTarget; readonly feedback: Feedback } {
  const feedback = new Feedback();
  return { target: new FuzzTarget({ object: objectNamed(name) }, feedback), feedback };
}

/** A fuzzer of a fixture, and what it finds. */
export function fuzzerOf(name: string, judgeAll = false): { readonly fuzzer: Fuzzer; readonly found: FuzzFinding[] } {
  const found: FuzzFinding[] = [];
  const onFinding = (finding: FuzzFinding): void => void found.push(finding);
  const fuzzer = new Fuzzer({ ...targetOf(name), repeat: () => 'repeat', onFinding, judgeAll });
  return { fuzzer, found };
}
