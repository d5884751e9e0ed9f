import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bench, type RunReport, repeatRun, run } from '../bench/index.ts';
import { parseObject } from '../object/index.ts';
import { parseEvent, parseTime } from '../plan/index.ts';
import { parseHostFlags } from './scenario-flags.ts';
import { pc, print, printable, stamp } from './terminal.ts';

/** What the demo does to a driver, in the words of the command line. */
export interface DemoScenario {
  readonly name: string;
  readonly story: string;
  readonly event: string;
  readonly host: readonly string[];
}

const GLITCH = ['unsolicitedReply=glitch', 'resetAcrossReopen=drop'];

export const DEMO_SCENARIOS: readonly DemoScenario[] = [
  { name: 'S1', story: 'the host drops the TCLO channel', event: 'at=5s tclo.break', host: [] },
  {
    name: 'S3',
    story: 'one ping is refused; an unasked greeting counts as the same fault',
    event: 'at=5s tclo.glitch',
    host: GLITCH,
  },
  { name: 'S6', story: 'the machine is suspended: one checkpoint under a reply', event: 'at=5s suspend', host: GLITCH },
];

export interface DemoRow {
  readonly scenario: DemoScenario;
  readonly unpatched: string;
  readonly patched: string;
}

const DURATION = '60s';
const SHOWN = 9;

/** Runs both drivers through every scenario and says what became of them. @param show hears of each run. */
export function demo(
  unpatched: string,
  patched: string,
  show: (scenario: DemoScenario, path: string, report: RunReport, lines: readonly DemoLine[]) => void,
): DemoRow[] {
  return DEMO_SCENARIOS.map((scenario) => {
    const [before, after] = [unpatched, patched].map((path) => {
      const { report, lines } = runOnce(scenario, path);
      show(scenario, path, report, lines);
      return describe(report);
    });
    return { scenario, unpatched: before as string, patched: after as string };
  });
}

export interface DemoLine {
  readonly at: number;
  readonly text: string;
}

function runOnce(scenario: DemoScenario, path: string): { report: RunReport; lines: DemoLine[] } {
  const host = parseHostFlags(scenario.host);
  const bench = new Bench({
    object: parseObject(readFileSync(path), basename(path)),
    guest: { kernel: 'openbsd' },
    host,
    events: [parseEvent(scenario.event)],
  });
  const lines: DemoLine[] = [];
  bench.watchers.push({ console: (line) => lines.push(line) });
  const report = run(bench, { until: parseTime(DURATION), for: DURATION });
  bench.close();
  return { report, lines };
}

/** One cell of the table: computed from what the run showed. */
function describe({ findings, console, host }: RunReport): string {
  const errors = console.filter((line) => /failed|unable|resetting/.test(line)).length;
  const opens = `${host.tcloOpens} channel${host.tcloOpens === 1 ? '' : 's'}`;
  const lines = `${errors} error line${errors === 1 ? '' : 's'}, ${opens}`;
  return findings.some(({ invariant }) => invariant === 'recovers') ? `never heals (${lines})` : `heals (${lines})`;
}

function commandOf({ event, host }: DemoScenario, path: string): string {
  const plan = {
    kernel: 'openbsd',
    for: DURATION,
    host: parseHostFlags(host),
    events: [event],
    faults: [],
    seed: 0,
  };
  return repeatRun(path, plan);
}

function showRun(scenario: DemoScenario, path: string, report: RunReport, lines: readonly DemoLine[]): void {
  print(`${pc.bold(`${scenario.name}: ${scenario.story}`)} - ${basename(path)}`);
  print(pc.dim(`$ ${commandOf(scenario, path)}`));
  for (const { at, text } of lines.slice(0, SHOWN)) print(`${stamp(at)} ${printable(text)}`);
  if (lines.length > SHOWN)
    print(
      pc.dim(
        `  ... ${lines.length - SHOWN} more lines like these in ${report.virtualSeconds.toFixed(0)} virtual seconds`,
      ),
    );
  for (const { title } of report.findings) print(`  ${pc.red('finding')} ${printable(title)}`);
  if (report.findings.length === 0) print(`  ${pc.green('no findings')}`);
  print();
}

function printTable(rows: readonly DemoRow[]): void {
  const cells = [
    ['scenario', 'unpatched', 'patched'],
    ...rows.map((row) => [row.scenario.name, row.unpatched, row.patched]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => (row[column] as string).length)));
  for (const row of cells)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = (name: string): string => `fixtures/kernels/${name}-amd64.o`;
  process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
  printTable(demo(fixture('vmt-unpatched'), fixture('vmt-patched'), showRun));
}
