import { Argument, Command } from 'commander';
import { INVARIANTS } from '../judge/index.ts';
import { KERNEL_MEANINGS } from '../kernels/index.ts';
import { GUEST_EVENTS } from '../plan/index.ts';
import { loadScenario, shippedScenarios } from '../scenario/index.ts';
import { FAULTS, HOST_EVENTS, HOST_OPTIONS } from '../tclo-host/index.ts';
import { pc, print, printJson } from './terminal.ts';

/** A word of the command line and of scenarios. */
interface Row {
  readonly name: string;
  /** What may stand behind it: an event's text, a fault's steps, an option's values. Empty: nothing. */
  readonly takes: string;
  readonly meaning: string;
}

const rowsOf = <T>(table: Readonly<Record<string, T>>, row: (value: T) => Omit<Row, 'name'>): Row[] =>
  Object.entries(table).map(([name, value]) => ({ name, ...row(value) }));

/** What can be listed. */
const LISTS = {
  events: (): Row[] => [
    ...rowsOf(HOST_EVENTS, ({ text, meaning }) => ({
      takes: typeof text !== 'string' ? text.filter((word) => word !== '').join(', ') : text === 'any' ? 'TEXT' : '',
      meaning,
    })),
    ...rowsOf(GUEST_EVENTS, ({ text, meaning }) => ({ takes: text, meaning })),
  ],
  faults: (): Row[] =>
    rowsOf(FAULTS, ({ steps, guestSees, hostAfter }) => ({
      takes: steps.join(', '),
      meaning: `${guestSees}; the host afterwards: ${hostAfter}`,
    })),
  hosts: (): Row[] =>
    rowsOf(HOST_OPTIONS, ({ values, range, meaning }) => ({
      takes: range === undefined ? (values ?? []).join(', ') : `${range.least} to ${range.most}`,
      meaning,
    })),
  scenarios: (): Row[] =>
    shippedScenarios().map((name) => ({ name, takes: '', meaning: loadScenario(name).title ?? '' })),
  rules: (): Row[] =>
    rowsOf(INVARIANTS, ({ always, meaning }) => ({ takes: always ? '' : 'on request: --invariant', meaning })),
  kernels: (): Row[] => rowsOf(KERNEL_MEANINGS, (meaning) => ({ takes: '', meaning })),
} as const;

type ListName = keyof typeof LISTS;

/** `vmtbench list`: the words that flags and scenarios know. */
export function listCommand(): Command {
  return new Command('list')
    .description('list the words that flags and scenarios know, with their meaning')
    .addArgument(new Argument('<what>', 'the kind of word').choices(Object.keys(LISTS)))
    .option('--json', 'print one JSON array')
    .action((what: ListName, { json }: { readonly json?: true }) => {
      const rows = LISTS[what]();
      if (json === true) printJson(rows);
      else for (const row of rows) printRow(row);
    });
}

function printRow({ name, takes, meaning }: Row): void {
  print(`${pc.bold(name)}${takes === '' ? '' : pc.dim(` (${takes})`)}`);
  for (const line of wrapped(meaning)) print(`  ${line}`);
}

const USUAL_WIDTH = 80;

/** Lines of two columns fewer than the terminal has. */
function wrapped(text: string): string[] {
  const width = Math.max(20, (process.stdout.columns ?? USUAL_WIDTH) - 2);
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
