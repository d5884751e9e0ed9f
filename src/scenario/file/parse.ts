import type { z } from 'zod';
import { VmtbenchError } from '../../errors.ts';
import { describeIssue, describeKey } from './problems.ts';
import type { Scenario, ScenarioInput } from './scenario.ts';
import { type JsonSchema, scenarioJsonSchema, scenarioSchema } from './schema.ts';
import { type Path, type Problem, readYaml } from './yaml.ts';

const HINT = 'vmtbench schema prints what a scenario may hold, for editors; docs/scenarios.md explains it.';

/** Problems reported at most; a text can have thousands. */
const MOST = 20;

/** A problem with a value: at a path, or at a key of the map there. */
interface Complaint {
  readonly path: Path;
  readonly key?: string;
  readonly message: string;
}

/**
 * Reads a scenario's YAML.
 * @param name of the text in errors and in notes on what never triggered: `name:line`.
 * @throws VmtbenchError `scenario` with every error of the text, a line each: `name:line:column: message`.
 */
export function parseScenario(text: string, name: string): Scenario {
  const { value, problems: unreadable, unreadable: broken, placeOf } = readYaml(text);
  const { scenario, complaints } = broken ? { scenario: null, complaints: [] } : check(value);
  const problems: Problem[] = [
    ...unreadable,
    ...complaints.map(({ path, key, message }) => ({ place: placeOf(path, key), message })),
  ];
  if (scenario === null || problems.length > 0) throw refuse(problems, name);
  const where = (key: string, index: number): string => `${name}:${placeOf([key, index]).line}`;
  return {
    ...scenario,
    events: scenario.events.map((event, index) => ({ ...event, where: where('events', index) })),
    faults: scenario.faults.map((fault, index) => ({ ...fault, where: where('faults', index) })),
    preemptions: scenario.preemptions.map((each, index) => ({ ...each, where: where('preemptions', index) })),
    expect: scenario.expect.map((expectation, index) => ({ ...expectation, where: where('expect', index) })),
  };
}

/** The same from TypeScript. @throws VmtbenchError `scenario` with every error, a line each: `events[0]: message`. */
export function defineScenario(input: ScenarioInput): Scenario {
  const { scenario, complaints } = check(input);
  if (scenario !== null) return scenario;
  const lines = complaints.map(({ path, message }) => `${pathText(path)}: ${message}`);
  throw new VmtbenchError('scenario', shorten(lines), HINT);
}

function check(value: unknown): { scenario: Scenario | null; complaints: Complaint[] } {
  const { success, data, error } = scenarioSchema().safeParse(value, { error: describeIssue });
  if (success) return { scenario: data, complaints: [] };
  const schema = scenarioJsonSchema();
  return { scenario: null, complaints: error.issues.flatMap((issue) => complaintsOf(issue, schema)) };
}

function complaintsOf(issue: z.core.$ZodIssue, schema: JsonSchema): Complaint[] {
  const { path } = issue;
  if (issue.code !== 'unrecognized_keys') return [{ path, message: named(path, issue) }];
  return issue.keys.map((key) => ({ path, key, message: describeKey(key, schema, path) }));
}

/** A problem of a value begins with its key; one of a grammar's line quotes the line itself. */
function named(path: Path, { code, message }: z.core.$ZodIssue): string {
  const key = path.findLast((step) => typeof step === 'string');
  return code === 'custom' && typeof path.at(-1) === 'number' ? message : `${String(key ?? 'a scenario')}: ${message}`;
}

const pathText = (path: Path): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('') || 'the scenario';

function refuse(problems: readonly Problem[], name: string): VmtbenchError {
  const sorted = [...problems].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const lines = sorted.map(({ place, message }) => `${name}:${place.line}:${place.column}: ${message}`);
  return new VmtbenchError('scenario', shorten(lines), HINT);
}

const shorten = (lines: readonly string[]): string =>
  [...lines.slice(0, MOST), ...(lines.length > MOST ? [`and ${lines.length - MOST} more errors`] : [])].join('\n');
