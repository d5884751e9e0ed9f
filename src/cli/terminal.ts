import picocolors from 'picocolors';
import type { VmtbenchError } from '../errors.ts';
import type { Finding } from '../judge/index.ts';
import { formatSeconds } from '../plan/index.ts';
import { foldRepeats, withoutTime } from './fold.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours where a stream is a terminal, unless NO_COLOR or a dumb one says no; FORCE_COLOR says so either way. */
function colorsFor(stream: { readonly isTTY?: boolean }): Colors {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  const wanted = stream.isTTY === true && !NO_COLOR && TERM !== 'dumb';
  return picocolors.createColors(FORCE_COLOR === undefined ? wanted : FORCE_COLOR !== '0' && FORCE_COLOR !== 'false');
}

export const pc: Colors = colorsFor(process.stdout);
const errorColors: Colors = colorsFor(process.stderr);

/** A line of output; stdout that was closed early (`| head`) is no error. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `0x${item.toString(16)}` : item), 2));
}

/** Guest text made safe: control characters do not reach the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A time stamp as a kernel's console has it: virtual seconds. */
export const stamp = (ns: number): string => pc.dim(`[${formatSeconds(ns).padStart(13)}]`);

/** A finding for people. The repeats among its last accesses are folded. */
export function findingLines(finding: Finding): string[] {
  const rule = finding.invariant ?? finding.kind;
  const place = finding.function === undefined ? finding.address : `${finding.function} (${finding.address})`;
  const where = finding.line === undefined ? place : `${place}, ${finding.line}`;
  const accesses = foldRepeats(finding.lastAccesses, withoutTime);
  return [
    `${pc.red(pc.bold('finding'))} ${pc.bold(printable(finding.title))} ${pc.dim(`[${rule}]`)}`,
    `  at ${printable(where)}`,
    `  ${printable(finding.explanation)}`,
    ...finding.stack.map((frame) => pc.dim(`    from ${printable(frame)}`)),
    ...(accesses.length === 0 ? [] : ['  last port accesses:']),
    ...accesses.map((access) => pc.dim(`    ${printable(access)}`)),
    `  repeat: ${pc.cyan(finding.repeat)}`,
  ];
}

export function printFinding(finding: Finding): void {
  for (const line of findingLines(finding)) print(line);
}

export function printError(error: VmtbenchError): void {
  // A file's errors come a line each.
  for (const line of error.message.split('\n')) {
    process.stderr.write(`${errorColors.red('error:')} ${printable(line)}\n`);
  }
  if (error.hint !== '') process.stderr.write(`  ${printable(error.hint)}\n`);
}
