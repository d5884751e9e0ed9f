import type { HostInput, InputCase } from '../bench/index.ts';
import { pc, print, printable } from './terminal.ts';

/** Cases of one input in a line. */
const SHOWN = 8;

/**
 * The host inputs that a driver was given: a line for each field of each call at each instruction, with the cases that
 * were tried. A case with `!` changed what the driver did.
 */
export function printInputs(inputs: readonly HostInput[]): void {
  print(pc.bold('host inputs: cases tried, how often; ! changed what the driver did'));
  let site = '';
  for (const input of inputs) {
    const here = `${input.call}  ${input.place}`;
    if (here !== site) print(printable(here));
    site = here;
    print(`  ${printable(inputText(input))}`);
  }
}

function inputText({ field, read, cases, untried }: HostInput): string {
  const sorted = cases.toSorted((a, b) => b.executions - a.executions);
  const more = sorted.length > SHOWN ? [`${sorted.length - SHOWN} more`] : [];
  const never = untried.length === 0 ? '' : `; not tried: ${untried.join(', ')}`;
  const unread = read === false ? ' (not read)' : '';
  return `${`${field}${unread}`.padEnd(22)} ${[...sorted.slice(0, SHOWN).map(caseText), ...more].join(', ')}${never}`;
}

const caseText = ({ value, executions, changed }: InputCase): string =>
  `${value} ${executions}${changed === true ? '!' : ''}`;
