import { type CheckFinding, ruleOf } from '../check/index.ts';
import { nameOf, type ShownCause } from './cause-table.ts';
import { foldRepeats, moreLike, withoutTime, wrap } from './fold.ts';
import { findingLines, pc, printable } from './terminal.ts';

const WIDTH = 80;
/** Lines of a cause's parts: with heading, numbers and command they are twelve. */
const EXPLAINED = 3;
const SYMPTOMS = 2;
const TRIGGERS = 2;

/** One cause in twelve lines at most. @param findings of the cause, the smallest first. */
export function causeLines(cause: ShownCause, number: number, findings: readonly CheckFinding[]): string[] {
  const [smallest] = findings;
  if (smallest === undefined) return [];
  const symptoms = [
    ...new Set(
      findings.map(
        ({ invariant, kind, title }) =>
          `${title} [${ruleOf({ ...(invariant === undefined ? {} : { invariant }), kind })}]`,
      ),
    ),
  ];
  return [
    ...headLines(cause, number),
    ...wrap(printable(smallest.explanation), WIDTH - 3, EXPLAINED).map((line) => `   ${line}`),
    ...listLines('shows', symptoms, SYMPTOMS),
    ...listLines('after', triggersOf(findings), TRIGGERS),
    `   repeat: ${pc.cyan(printable(smallest.repeat))}`,
  ];
}

/** One cause with all that is known of it. */
export function verboseCauseLines(cause: ShownCause, number: number, findings: readonly CheckFinding[]): string[] {
  return [
    ...headLines(cause, number),
    ...findings.flatMap((finding) => [
      ...findingLines(finding).map((line) => `   ${line}`),
      ...(finding.console.length === 0 ? [] : ['     console:']),
      ...foldRepeats(finding.console, withoutTime).map((line) => pc.dim(`       ${printable(line)}`)),
      ...listLines('after', triggersOf([finding]), Number.POSITIVE_INFINITY),
      '',
    ]),
  ];
}

function headLines(cause: ShownCause, number: number): string[] {
  const { function: name, line, executions, evidence, newness } = cause;
  const place = [...(name === undefined ? [] : [`in ${name}`]), ...(line === undefined ? [] : [line])].join(', ');
  const facts = [
    `${executions} ${executions === 1 ? 'run' : 'runs'}`,
    ...(evidence === undefined ? [] : [evidence]),
    ...(newness === null ? [] : [newness]),
  ];
  return [pc.bold(`${number}. ${nameOf(cause)}`), `   ${[printable(place), ...facts].filter(Boolean).join('; ')}`];
}

/** The injections with their numbers of runs, the most frequent first. */
function triggersOf(findings: readonly CheckFinding[]): string[] {
  const counts = new Map<string, number>();
  for (const { triggers } of findings) {
    // A run that shows two symptoms counts once.
    for (const [text, count] of Object.entries(triggers)) counts.set(text, Math.max(counts.get(text) ?? 0, count));
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([text, count]) => `${text} (${count})`);
}

/** One a line, under a label. */
function listLines(label: string, texts: readonly string[], most: number): string[] {
  const indent = ' '.repeat(label.length + 2);
  const shown = texts
    .slice(0, most)
    .map((text, index) => `   ${index === 0 ? `${label}: ` : indent}${printable(text)}`);
  const more = texts.length - shown.length;
  return more > 0 ? [...shown, `   ${indent}${moreLike(more)}`] : shown;
}
