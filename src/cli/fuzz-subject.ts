import { type BenchOptions, invariantFlags } from '../bench/index.ts';
import { CodeProgress, Corpus, Feedback, Fuzzer, type FuzzFinding, FuzzTarget } from '../fuzz/index.ts';
import type { InvariantName, Plan } from '../judge/index.ts';
import { loadScenario, NO_SCENARIO } from '../scenario/index.ts';
import { type BenchFlags, checkStubs, readRequest, repeatCommand } from './bench-options.ts';

/** The flags that say what is fuzzed. Plain data: the executing process gets them. */
export interface FuzzFlags extends BenchFlags {
  readonly scenario?: string;
}

/** All that one process needs to execute inputs. */
export interface FuzzSubject {
  readonly options: BenchOptions;
  /** Of the object's file. */
  readonly bytes: Uint8Array;
  readonly corpus: Corpus;
  readonly fuzzer: Fuzzer;
  readonly code: CodeProgress;
}

/** What {@link openFuzzSubject} opens. */
export interface FuzzRequest {
  readonly path: string;
  readonly flags: FuzzFlags;
  /** The corpus' folder. */
  readonly folder: string;
  /** Zeros; absent: counters of its own. */
  readonly counters?: Uint8Array;
  /** Judges every input by every rule. */
  readonly judgeAll?: boolean;
  readonly onFinding: (found: FuzzFinding) => void;
}

/** @throws VmtbenchError for an unusable object, flag or folder. */
export function openFuzzSubject(request: FuzzRequest): FuzzSubject {
  const { path, flags, folder, counters, judgeAll = false, onFinding } = request;
  const base = flags.scenario === undefined ? NO_SCENARIO : loadScenario(flags.scenario);
  const { options, bytes } = readRequest(path, flags, base);
  const corpus = new Corpus(folder);
  const feedback = new Feedback(counters);
  const target = new FuzzTarget(options, feedback);
  checkStubs(target.bench, flags.stub ?? []);
  const repeat = (plan: Plan, rules: readonly InvariantName[]): string =>
    repeatCommand(['run', path, '--for', plan.for, ...invariantFlags(rules)], flags, plan);
  const fuzzer = new Fuzzer({ target, feedback, repeat, judgeAll, onFinding });
  return { options, bytes, corpus, fuzzer, code: new CodeProgress(target.bench.guest) };
}
