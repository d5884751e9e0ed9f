import { type CauseChange, type Change, type CheckFinding, newnessOf } from '../check/index.ts';
import { causeTable, type ShownCause } from './cause-table.ts';
import { causeLines, verboseCauseLines } from './cause-text.ts';
import type { CheckReport } from './check-campaign.ts';
import type { StopReason } from './early-end.ts';
import { moreLike } from './fold.ts';
import { printSites } from './sites-text.ts';
import { pc, print, printable } from './terminal.ts';

/** How a report is printed. */
export interface ReportView {
  /** All of each finding. */
  readonly verbose: boolean;
  /** With what the report is compared; null: with nothing. */
  readonly changes: readonly Change[] | null;
}

/** Prints the causes, first on one screen, then each; and the totals. */
export function printCheck(report: CheckReport, { verbose, changes }: ReportView): void {
  const newness = (finding: CheckFinding) => (changes === null ? null : newnessOf(finding, changes));
  const causes = report.causes.map((cause): ShownCause & { readonly found: readonly CheckFinding[] } => {
    const found = report.findings.filter((finding) => finding.cause === cause.cause);
    const all = found.map(newness);
    return { ...cause, found, newness: all.find((one) => one === 'new') ?? all.find((one) => one !== null) ?? null };
  });
  for (const [index, line] of causeTable(causes).entries()) print(index === 0 ? pc.dim(line) : line);
  if (causes.length > 0) print();
  for (const [index, { found, ...cause }] of causes.entries()) {
    // What is not new stands in the table.
    if (changes !== null && cause.newness !== 'new' && !verbose) continue;
    const lines = verbose ? verboseCauseLines(cause, index + 1, found) : causeLines(cause, index + 1, found);
    for (const line of lines) print(line);
    print();
  }
  printSites(report.sites);
  for (const [rule, count] of Object.entries(report.undecided)) print(`${rule}: undecided in ${counted(count, 'run')}`);
  print(pc.bold(totalsOf(report, (finding) => changes === null || newness(finding) === 'new')));
}

/** @param counts which findings count; the others are known. */
function totalsOf(report: CheckReport, counts: (finding: CheckFinding) => boolean): string {
  const { runs, seconds, accesses, unexplored, stopped } = report;
  const findings = report.findings.filter(counts);
  const causes = new Set(findings.map(({ cause }) => cause));
  const left = unexplored === 0 ? '' : `, ${unexplored} runs left out ${LEFT_OUT_BY[stopped ?? 'budget']}`;
  const rate = Math.round(runs / Math.max(seconds, 0.001));
  const found = `${counted(findings.length, 'finding')}${causes.size === 0 ? '' : ` of ${counted(causes.size, 'cause')}`}`;
  const known = report.findings.length - findings.length;
  const beside = known === 0 ? '' : `, ${known} not new`;
  return `${found} in ${runs} runs (${accesses} port accesses${left})${beside}, ${seconds} s, ${rate}/s`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const LEFT_OUT_BY: Readonly<Record<StopReason | 'budget', string>> = {
  budget: 'by the budget',
  time: 'when the time was up',
  SIGINT: 'by the interrupt',
  SIGTERM: 'by the termination',
};

const MOST_TRIGGERS = 5;

/** Prints the changes from one guest to another, rule by rule and cause by cause. */
export function printChanges(
  changes: readonly Change[],
  causes: readonly CauseChange[],
  before: string,
  after: string,
): void {
  print(`from ${printable(before)} to ${printable(after)}:`);
  if (changes.length === 0) print('  nothing was found in either');
  for (const { rule, healed, kept, broke, notComparable } of changes) {
    const beside = notComparable.length === 0 ? '' : `, ${notComparable.length} not comparable`;
    print(`${pc.bold(rule)}: ${healed.length} healed, ${kept.length} kept, ${broke.length} broke${beside}`);
    printTriggers(pc.green('healed'), healed);
    printTriggers(pc.yellow('kept'), kept);
    printTriggers(pc.red('broke'), broke);
  }
  if (causes.length > 0) print(pc.bold('causes:'));
  for (const change of causes) print(`  ${causeChangeText(change)}`);
}

/** `healed  it greets unasked (1237 runs)`. */
function causeChangeText({ cause, healed, kept, broke, notComparable }: CauseChange): string {
  const counts = Object.entries({ healed, kept, broke, 'not comparable': notComparable }).filter(
    ([, count]) => count > 0,
  );
  const word =
    kept > 0 ? pc.yellow('kept   ') : broke > 0 ? pc.red('broken ') : healed > 0 ? pc.green('healed ') : '?      ';
  const texts = counts.map(([what, count]) => `${count} ${what}`);
  return `${word} ${printable(cause)} (runs: ${texts.join(', ')})`;
}

function printTriggers(label: string, triggers: readonly string[]): void {
  for (const text of triggers.slice(0, MOST_TRIGGERS)) print(`  ${label} ${printable(text)}`);
  if (triggers.length > MOST_TRIGGERS) print(`  ${moreLike(triggers.length - MOST_TRIGGERS)}`);
}
