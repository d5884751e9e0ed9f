import { VmtbenchError } from '../../errors.ts';
import { similar } from '../../similar.ts';
import type { InvariantName } from '../finding.ts';
import { INVARIANTS } from '../invariants/index.ts';

/** The rules that can be expected to hold, or not to. */
const EXPECTED_RULES: readonly string[] = Object.keys(INVARIANTS);

/** What a run gives line by line, in words. */
export const LISTS = {
  console: "lines of the guest's console",
  rpci: 'RPCI requests of the guest',
  reply: 'TCLO answers of the guest, the empty ones not',
  log: "lines of the host's log",
} as const;
export type ListName = keyof typeof LISTS;

/** What a run counts, in words. */
export const COUNTS = {
  tcloOpens: 'TCLO channels opened',
  rpciOpens: 'RPCI channels opened',
  channelsOpen: 'channels open at the end',
  accesses: 'port accesses',
} as const;
export type CountName = keyof typeof COUNTS;

const COMPARISONS = {
  '=': (a: number, b: number) => a === b,
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
  '<=': (a: number, b: number) => a <= b,
  '>=': (a: number, b: number) => a >= b,
} as const;

/** Matches a line that is exactly this text, or that the expression matches. */
export type TextPattern = string | RegExp;

/** An expectation without its `not`. */
export type Expected =
  | { readonly kind: 'rule'; readonly rule: InvariantName }
  /** Some line matches; those of one list without `not` match in their order. */
  | { readonly kind: 'line'; readonly list: ListName; readonly pattern: TextPattern }
  | { readonly kind: 'count'; readonly count: CountName; readonly holds: (value: number) => boolean }
  /** At the end the guest-info key holds it. */
  | { readonly kind: 'guestinfo'; readonly key: string; readonly pattern: TextPattern };

/** One expectation of a run. */
export interface Expectation {
  /** The line as written. */
  readonly source: string;
  /** Its place, `scenario.yaml:12`, if it is of a file. */
  readonly where?: string;
  /** It must not hold. */
  readonly not: boolean;
  readonly what: Expected;
}

const WORDS = [...EXPECTED_RULES, ...Object.keys(LISTS), ...Object.keys(COUNTS)];
const HINT = `An expectation is [not] and a rule (${EXPECTED_RULES.join(', ')}), ${Object.keys(LISTS).join(', ')} and a text or /regex/, ${Object.keys(COUNTS).join(', ')} and =N, <N, >N, <=N or >=N, or guestinfo.KEY=TEXT.`;

/** Reads an expectation's line. @throws VmtbenchError `expect` */
export function parseExpectation(source: string): Expectation {
  const [, not, words = ''] = /^(not\s+)?(.*)$/s.exec(source.trim()) ?? [];
  const what = parseRule(words) ?? parseCount(words) ?? parseStored(words) ?? parseLine(words);
  if (what !== null) return { source, not: not !== undefined, what };
  const near = similar(words.split(/[\s=<>]/, 1)[0] ?? '', WORDS);
  const hint = near === null ? HINT : `Did you mean ${near}? ${HINT}`;
  throw new VmtbenchError('expect', `"${source}" is no expectation`, hint);
}

function parseRule(words: string): Expected | null {
  return EXPECTED_RULES.includes(words) ? { kind: 'rule', rule: words as InvariantName } : null;
}

function parseCount(words: string): Expected | null {
  const [, name = '', comparison = '', digits] = /^(\w+)\s*(<=|>=|=|<|>)\s*(\d{1,15})$/.exec(words) ?? [];
  if (!Object.hasOwn(COUNTS, name)) return null;
  const compare = COMPARISONS[comparison as keyof typeof COMPARISONS];
  return { kind: 'count', count: name as CountName, holds: (value) => compare(value, Number(digits)) };
}

function parseStored(words: string): Expected | null {
  const [, key, text = ''] = /^(guestinfo\.[^\s=]+)\s*=\s*(.*)$/s.exec(words) ?? [];
  return key === undefined ? null : { kind: 'guestinfo', key, pattern: parsePattern(text) };
}

function parseLine(words: string): Expected | null {
  const [, name = '', text = ''] = /^(\w+)\s+(.+)$/s.exec(words) ?? [];
  if (!Object.hasOwn(LISTS, name)) return null;
  return { kind: 'line', list: name as ListName, pattern: parsePattern(text) };
}

/** `/regex/`, or the text itself. */
function parsePattern(text: string): TextPattern {
  const [, pattern] = /^\/(.*)\/$/s.exec(text) ?? [];
  if (pattern === undefined) return text;
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new VmtbenchError('expect.pattern', `${text} is no regular expression`, (cause as Error).message, { cause });
  }
}

/** Whether a line matches. */
export const matchesText = (pattern: TextPattern, line: string): boolean =>
  typeof pattern === 'string' ? pattern === line : pattern.test(line);
