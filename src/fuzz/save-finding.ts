import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Bench, type BenchOptions, planOf, run, startTrace } from '../bench/index.ts';
import { INVARIANTS, type InvariantName } from '../judge/index.ts';
import { benchOptionsOf, runOptionsOf } from '../scenario/index.ts';
import { writeWhole } from './corpus.ts';
import type { FuzzFinding } from './fuzzer.ts';
import { scenarioOf, scenarioText } from './scenario-text.ts';

/** A finding as it was written. */
export interface SavedFinding {
  /** Without the ending: `.input`, `.yaml`, `.trace`, `.json` follow. */
  readonly file: string;
  /** A run of the scenario from power-on shows it, too. */
  readonly reproduced: boolean;
}

/**
 * Writes a finding as its input, its scenario, the trace of that scenario's run from power-on, and all of it as JSON.
 * @param options the guest and what is around it. @param bytes of the object's file.
 */
export function saveFinding(
  folder: string,
  found: FuzzFinding,
  options: BenchOptions,
  bytes: Uint8Array,
): SavedFinding {
  const { cause, symptom, input, finding, execution } = found;
  const rule = finding.invariant ?? finding.kind;
  const file = join(folder, `${rule}-${createHash('sha1').update(cause).digest('hex').slice(0, 10)}`);
  writeWhole(`${file}.input`, input);
  writeWhole(`${file}.yaml`, scenarioText(finding.plan, finding.title));
  const trace: Uint8Array[] = [];
  const reproduced = reproduce(found, options, bytes, (part) => trace.push(part));
  writeWhole(`${file}.trace`, Buffer.concat(trace));
  const record = { cause, symptom, execution, reproduced, input: Buffer.from(input).toString('hex'), finding };
  writeWhole(`${file}.json`, `${JSON.stringify(record, null, 2)}\n`);
  return { file, reproduced };
}

/** Runs the plan of a finding from power-on. @returns whether it shows the same rule at the same place. */
function reproduce(
  { finding }: FuzzFinding,
  options: BenchOptions,
  bytes: Uint8Array,
  sink: (bytes: Uint8Array) => void,
): boolean {
  const scenario = scenarioOf(finding.plan);
  const planned = benchOptionsOf(scenario);
  const bench = new Bench({ ...options, ...planned, guest: { ...options.guest, ...planned.guest } });
  try {
    const runOptions = runOptionsOf(scenario);
    startTrace(bench, (part) => sink(part.slice()), bytes, planOf(bench, runOptions));
    const rule = finding.invariant as InvariantName | undefined;
    const asked = rule !== undefined && Object.hasOwn(INVARIANTS, rule) && !INVARIANTS[rule].always ? [rule] : [];
    const report = run(bench, { ...runOptions, invariants: asked });
    bench.trace?.writer.end(report.outcome);
    return report.findings.some(
      (other) =>
        other.kind === finding.kind && other.invariant === finding.invariant && other.address === finding.address,
    );
  } finally {
    bench.close();
  }
}
