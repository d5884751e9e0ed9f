import { VmtbenchError } from '../../errors.ts';
import type { InvariantName } from '../finding.ts';
import { INVARIANTS } from '../invariants/index.ts';

/** The rules that can be expected to hold, or not to. */
export const EXPECTED_RULES: readonly string[] = Object.keys(INVARIANTS);

/** What a run says line by line, with the words for it. */
export const LISTS = {
  console: "lines of the guest's console",
  rpci: 'RPCI requests of the guest',
  reply: 'TCLO answers of the guest, the empty ones not',
  log: "lines of the host's log",
} as const;
export type ListName = keyof typeof LISTS;

/** What a run counts, with the words for it. */
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

/** A line of text that is meant: it is exactly this, or matches. */
export type TextPattern = string | RegExp;

/** What is expected, without its `not`. */
export type Expected =
  | { readonly kind: 'rule'; readonly rule: InvariantName }
  /** Some line is it; those of one list without `not` come in their order. */
  | { readonly kind: 'line'; readonly list: ListName; readonly pattern: TextPattern }
  | { readonly kind: 'count'; readonly count: CountName; readonly holds: (value: number) => boolean }
  /** At the end the guest-info key holds it. */
  | { readonly kind: 'guestinfo'; readonly key: string; readonly pattern: TextPattern };

/** Something that a run is expected to show. */
export interface Expectation {
  /** The line as it was given. */
  readonly source: string;
  /** Where it was given, `scenario.yaml:12`, if in a file. */
  readonly where?: string;
  /** It must not be so. */
  readonly not: boolean;
  readonly what: Expected;
}

const HINT = `An expectation is [not] and a rule (${EXPECTED_RULES.join(', ')}), ${Object.keys(LISTS).join(', ')} and a text or /regex/, ${Object.keys(COUNTS).join(', ')} and =N, <N, >N, <=N or >=N, or guestinfo.KEY=TEXT.`;

/** Reads an expectation's line. @throws VmtbenchError `expect` */
export function parseExpectation(source: string): Expectation {
  const [, not, words = ''] = /^(not\s+)?(.*)$/s.exec(source.trim()) ?? [];
  const what = parseRule(words) ?? parseCount(words) ?? parseStored(words) ?? parseLine(words);
  if (what !== null) return { source, not: not !== undefined, what };
  throw new VmtbenchError('expect', `"${source}" expects nothing that is known`, HINT);
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

/** Whether a line is what was meant. */
export const matchesPattern = (pattern: TextPattern, line: string): boolean =>
  typeof pattern === 'string' ? pattern === line : pattern.test(line);
