import { invariantFlags } from '../bench/index.ts';
import { type Subject, subjectOf, usualScenario } from '../check/index.ts';
import { loadScenario } from '../scenario/index.ts';
import { type BenchFlags, checkStubs, readRequest, repeatCommand } from './bench-options.ts';

/** The flags that say what a check executes. Plain data: worker threads get them. */
export interface CheckFlags extends BenchFlags {
  readonly scenario?: string;
  readonly interleavings?: boolean;
  /** False by --no-sharing. */
  readonly sharing: boolean;
}

/** Reads what to check. @throws VmtbenchError for an unusable object or flag. */
export function openSubject(path: string, flags: CheckFlags): Subject {
  const base = flags.scenario === undefined ? usualScenario(flags.event !== undefined) : loadScenario(flags.scenario);
  const { scenario, options } = readRequest(path, flags, base);
  return subjectOf({
    bench: options,
    scenario,
    interleavings: flags.interleavings === true,
    sharing: flags.sharing,
    repeat: (plan, rules) => repeatCommand(['run', path, '--for', plan.for, ...invariantFlags(rules)], flags, plan),
    inspect: (bench) => checkStubs(bench, flags.stub ?? []),
  });
}
