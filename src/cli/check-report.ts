import type { Change, CheckFinding } from '../check/index.ts';
import type { CheckReport } from './check-campaign.ts';
import type { StopReason } from './early-end.ts';
import { printSites } from './sites-text.ts';
import { pc, print, printable, printFinding } from './terminal.ts';

/** Prints the findings and the totals. @param which a word for these findings, such as `new `. */
export function printCheck(report: CheckReport, which = ''): void {
  const { findings, runs, seconds, accesses, unexplored } = report;
  for (const finding of findings) {
    printFinding(finding);
    if (finding.console.length > 0) print('  console:');
    for (const line of finding.console) print(pc.dim(`    ${printable(line)}`));
    print(`  ${reachOf(finding)}`);
    print();
  }
  printSites(report.sites);
  const left = unexplored === 0 ? '' : `, ${unexplored} runs left out ${LEFT_OUT_BY[report.stopped ?? 'budget']}`;
  const rate = Math.round(runs / Math.max(seconds, 0.001));
  const count = `${findings.length} ${which}${findings.length === 1 ? 'finding' : 'findings'}`;
  print(pc.bold(`${count} in ${runs} runs (${accesses} port accesses${left}), ${seconds} s, ${rate}/s`));
}

const LEFT_OUT_BY: Readonly<Record<StopReason | 'budget', string>> = {
  budget: 'by the budget',
  time: 'when the time was up',
  SIGINT: 'by the interrupt',
  SIGTERM: 'by the termination',
};

const MOST_TRIGGERS = 5;

/** How many runs showed a finding, and which injections caused it. */
function reachOf({ runs, triggers }: CheckFinding): string {
  const all = Object.entries(triggers).sort(([, a], [, b]) => b - a);
  const texts = all.map(([text, count]) => `${text} (${count})`);
  return `${runs} ${runs === 1 ? 'run' : 'runs'}: ${shortList(texts)}`;
}

/** Prints the changes from one guest to another, rule by rule. */
export function printChanges(changes: readonly Change[], before: string, after: string): void {
  print(`from ${printable(before)} to ${printable(after)}:`);
  if (changes.length === 0) print('  nothing was found in either');
  for (const { rule, healed, kept, broke } of changes) {
    print(`${pc.bold(rule)}: ${healed.length} healed, ${kept.length} kept, ${broke.length} broke`);
    if (healed.length > 0) print(`  ${pc.green('healed')} ${shortList(healed)}`);
    if (kept.length > 0) print(`  ${pc.yellow('kept')}   ${shortList(kept)}`);
    if (broke.length > 0) print(`  ${pc.red('broke')}  ${shortList(broke)}`);
  }
}

function shortList(texts: readonly string[]): string {
  const more = texts.length > MOST_TRIGGERS ? ` and ${texts.length - MOST_TRIGGERS} more` : '';
  return `${texts.slice(0, MOST_TRIGGERS).map(printable).join('; ')}${more}`;
}
