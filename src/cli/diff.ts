import { Command } from 'commander';
import { readTrace, type WholeTrace } from '../scenario/index.ts';
import { resolveHostOptions } from '../tclo-host/index.ts';
import {
  align,
  type ComparedLine,
  Conversation,
  type ConversationLine,
  compareConversations,
  explainDifference,
  fileChunks,
  headerLines,
  isSame,
  lineText,
} from '../trace/index.ts';
import { pc, print, printable, printJson } from './terminal.ts';

/** Equal lines around a difference. */
const CONTEXT = 3;

/** `vmtbench diff A B`: compares the conversations of two traces. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('compare the conversations of two traces; exit 1 where they differ')
    .argument('<a>', 'what --trace has written')
    .argument('<b>', 'another trace')
    .option('--json', 'print one JSON object')
    .action((fileA: string, fileB: string, { json }: { readonly json?: true }) => {
      const [a, b] = [fileA, fileB].map((file) => readTrace(fileChunks(file), file)) as [WholeTrace, WholeTrace];
      const report = reportOf(a, b);
      if (json === true) printJson(report);
      else printReport(report);
      if (!report.same) process.exitCode = 1;
    });
}

/** A line of one side or of both. */
interface DiffLine {
  readonly side: 'a' | 'b' | 'both';
  /** Virtual seconds; of both sides, of A. */
  readonly seconds: number | null;
  readonly text: string;
}

interface DiffReport {
  readonly same: boolean;
  /** The first difference in the protocol's words. */
  readonly explanation: string | null;
  readonly equal: number;
  /** Lines that only A has, and that only B has. */
  readonly removed: number;
  readonly inserted: number;
  /** What the two runs were, where that differs. */
  readonly runs: readonly DiffLine[];
  readonly lines: readonly DiffLine[];
}

export function reportOf(a: WholeTrace, b: WholeTrace): DiffReport {
  const comparison = compareConversations(linesOf(a), linesOf(b));
  const lines = comparison.lines.map(diffLine);
  const explanation = explainDifference(comparison);
  const count = (side: DiffLine['side']): number => lines.filter((line) => line.side === side).length;
  return {
    same: explanation === null,
    explanation,
    equal: count('both'),
    removed: count('a'),
    inserted: count('b'),
    runs: runsOf(a, b),
    lines,
  };
}

function linesOf({ records }: WholeTrace): ConversationLine[] {
  const conversation = new Conversation();
  return [...records.flatMap((record) => conversation.lines(record)), ...conversation.rest()];
}

function diffLine(line: ComparedLine): DiffLine {
  const shown = (line.a ?? line.b) as ConversationLine;
  const side = isSame(line) ? 'both' : line.a === null ? 'b' : 'a';
  return { side, seconds: shown.ns === null ? null : shown.ns / 1e9, text: lineText(shown) };
}

function runsOf(a: WholeTrace, b: WholeTrace): DiffLine[] {
  const [linesA, linesB] = [a, b].map(({ header }) => headerLines(header, { ...resolveHostOptions() })) as [
    string[],
    string[],
  ];
  return align(linesA, linesB).flatMap((pair): DiffLine[] => {
    if (pair.a !== null && pair.b !== null) return [];
    const [side, text] = pair.a === null ? (['b', linesB[pair.b ?? 0]] as const) : (['a', linesA[pair.a]] as const);
    return [{ side, seconds: null, text: text ?? '' }];
  });
}

const SIGNS = { a: '-', b: '+', both: ' ' } as const;

function printReport({ same, explanation, equal, removed, inserted, runs, lines }: DiffReport): void {
  for (const line of runs) printLine(line);
  if (runs.length > 0) print();
  if (same) {
    print(`${pc.green('the same conversation')}: ${equal} lines`);
    return;
  }
  print(pc.bold(printable(explanation ?? '')));
  print();
  let skipped = false;
  for (const [index, line] of lines.entries()) {
    const near = lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ side }) => side !== 'both');
    if (near && skipped) print(pc.dim('  ...'));
    if (near) printLine(line);
    skipped = !near;
  }
  print();
  print(`${removed} lines only in A, ${inserted} only in B, ${equal} in both`);
}

function printLine({ side, text }: DiffLine): void {
  const line = `${SIGNS[side]} ${printable(text)}`;
  print(side === 'a' ? pc.red(line) : side === 'b' ? pc.green(line) : pc.dim(line));
}
