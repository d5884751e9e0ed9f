import type { CheckCause } from '../check/index.ts';
import { cut } from './fold.ts';
import { printable } from './terminal.ts';

/** A cause as the report shows it. */
export interface ShownCause extends CheckCause {
  /** Whether an earlier report, or the other build, has it; null: nothing is compared, or can be. */
  readonly newness: 'new' | 'known' | null;
}

/** Columns of a terminal, and causes of the table: it fits a first screen. */
const WIDTH = 80;
const MOST_CAUSES = 18;

const NAME = 46;
const LINE = 16;
const RUNS = 6;

/** The causes on one screen: two lines each. */
export function causeTable(causes: readonly ShownCause[]): string[] {
  if (causes.length === 0) return [];
  const shown = causes.slice(0, MOST_CAUSES);
  const more = causes.length - shown.length;
  return [
    row('', 'cause', 'line', 'runs', ''),
    ...shown.flatMap((cause, index) => [
      row(`${index + 1}`, nameOf(cause), cause.line ?? '', `${cause.executions}`, cause.newness ?? ''),
      details(cause),
    ]),
    ...(more > 0 ? [`    and ${more} more: --verbose shows all`] : []),
  ];
}

const row = (number: string, name: string, line: string, runs: string, isNew: string): string =>
  [number.padStart(2), cut(name, NAME).padEnd(NAME), cut(line, LINE).padEnd(LINE), runs.padStart(RUNS), isNew]
    .join(' ')
    .trimEnd();

/** The evidence, the rules and the smallest injection. */
function details({ evidence, rules, smallest }: ShownCause): string {
  const words = [...(evidence === undefined ? [] : [evidence]), rules.join(', '), printable(smallest)];
  return cut(`   ${words.join('; ')}`, WIDTH);
}

/** A cause without its place. */
export const nameOf = ({ cause }: Pick<CheckCause, 'cause'>): string => printable(cause.split(' @ ')[0] ?? cause);
