import type { RunReport } from '../bench/index.ts';
import type { Finding } from '../judge/index.ts';
import { formatSeconds } from '../plan/index.ts';
import type { RunResult } from '../scenario/index.ts';
import type { TranscriptDifference, TranscriptPattern } from './transcript-pattern.ts';

/** Lines shown around the first other one. */
const BEFORE = 4;
const AFTER = 2;
/** Console lines shown. */
const MOST_LINES = 20;

/** A finding as a failed test shows it. */
export function findingText({ title, invariant, kind, explanation, lastAccesses, repeat, ...where }: Finding): string {
  const place = [where.function, where.line].filter((part) => part !== undefined).join(', ') || where.address;
  return [
    `${title} [${invariant ?? kind}]`,
    `  at ${place}`,
    `  ${explanation}`,
    ...lastAccesses.map((access) => `    ${access}`),
    `  repeat: ${repeat}`,
  ].join('\n');
}

export function consoleText({ console }: RunReport): string {
  if (console.length === 0) return 'It printed nothing.';
  const shown = console.slice(-MOST_LINES);
  const left = console.length > shown.length ? [`  ... (${console.length - shown.length} lines before)`] : [];
  return ['It printed:', ...left, ...shown.map((line) => `  ${line}`)].join('\n');
}

export const patternText = (pattern: TranscriptPattern): string =>
  typeof pattern === 'string' ? pattern : String(pattern);

/** The conversation around its first other line: `-` was expected, `+` came. */
export function differenceText({ talk, where }: RunResult, { index, expected }: TranscriptDifference): string {
  const line = talk[index];
  const place = line === undefined ? 'at its end' : `at ${formatSeconds(line.at)}s, ${where(line.pc)}`;
  return [
    `the guest talks otherwise ${place}:`,
    ...(index > BEFORE ? ['    ...'] : []),
    ...talk.slice(Math.max(0, index - BEFORE), index).map(({ text }) => `    ${text}`),
    `  - ${expected === null ? '(nothing more)' : patternText(expected)}`,
    `  + ${line?.text ?? '(nothing more)'}`,
    ...talk.slice(index + 1, index + 1 + AFTER).map(({ text }) => `    ${text}`),
    ...(talk.length > index + 1 + AFTER ? ['    ...'] : []),
  ].join('\n');
}
