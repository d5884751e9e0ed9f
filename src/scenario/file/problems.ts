import type { z } from 'zod';
import { similar } from '../../similar.ts';
import type { JsonSchema } from './schema.ts';

/** The words for each kind of value. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
};

/** A problem with a value in our words; undefined: the schema's own words are good enough. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const shown = show(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `expected ${KINDS[issue.expected] ?? issue.expected}, not ${shown}${hintOf(issue.expected, issue.input)}`;
    case 'invalid_value':
      return `cannot be ${shown}: use ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `cannot be ${shown}: it is ${issue.minimum} at least`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `cannot be ${shown}: it is ${issue.maximum} at most`
        : `is too long: ${issue.maximum} at most`;
    default:
      return undefined;
  }
}

/** YAML takes `console vmt0: gone` for a map. */
const hintOf = (expected: string, input: unknown): string =>
  expected === 'string' && typeof input === 'object' && input !== null ? '; text with ": " in it needs quotes' : '';

const LONGEST = 60;

function show(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** `unknown key "evnts"; did you mean events?` */
export function describeKey(key: string, schema: JsonSchema, path: readonly PropertyKey[]): string {
  const known = Object.keys(schemaAt(schema, path)?.properties ?? {});
  const near = similar(key, known);
  return `unknown key ${show(key)}; ${near !== null ? `did you mean ${near}?` : `the keys are ${known.join(', ')}`}`;
}

function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>(
    (at, step) => (typeof step === 'number' ? at?.items : at?.properties?.[String(step)]),
    schema,
  );
}
