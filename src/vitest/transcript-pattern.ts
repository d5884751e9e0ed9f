import type { TranscriptLine } from '../scenario/index.ts';

/** A line of a conversation as somebody expects it; `...` stands for any number of lines. */
export type TranscriptPattern = string | RegExp;

/** Where a conversation first goes otherwise. */
export interface TranscriptDifference {
  /** How many lines of the talk were as expected up to here; the line of that number is the first other one. */
  readonly index: number;
  /** What should have come; null: nothing more. */
  readonly expected: TranscriptPattern | null;
}

const ELISION = '...';

/**
 * Compares a conversation with what it should be, line by line. Without `...` at its ends the pattern is the whole
 * conversation. A line without a channel's number is of any channel: `TCLO > "OK "`.
 * @returns null where it is as it should be.
 */
export function compareTranscript(
  talk: readonly TranscriptLine[],
  patterns: readonly TranscriptPattern[],
): TranscriptDifference | null {
  const pieces = split(patterns);
  let from = 0;
  for (const [number, piece] of pieces.entries()) {
    const last = number === pieces.length - 1;
    const found = findPiece(talk, piece, { from, fixed: number === 0, toTheEnd: last });
    if (found.matched < piece.length)
      return { index: found.at + found.matched, expected: piece[found.matched] ?? null };
    if (last && found.at + piece.length < talk.length) return { index: found.at + piece.length, expected: null };
    from = found.at + piece.length;
  }
  return null;
}

/** The pieces between elisions; one at an end that is elided is empty. */
function split(patterns: readonly TranscriptPattern[]): TranscriptPattern[][] {
  const pieces: TranscriptPattern[][] = [[]];
  for (const pattern of patterns) {
    if (pattern === ELISION) pieces.push([]);
    else pieces.at(-1)?.push(pattern);
  }
  return pieces;
}

interface Place {
  readonly at: number;
  /** How many lines of the piece come there. */
  readonly matched: number;
}

/** The first place of a piece; where it has none, the place at which most of it comes. */
function findPiece(
  talk: readonly TranscriptLine[],
  piece: readonly TranscriptPattern[],
  { from, fixed, toTheEnd }: { readonly from: number; readonly fixed: boolean; readonly toTheEnd: boolean },
): Place {
  // An empty piece at the end: the conversation may go on as it likes.
  if (toTheEnd && !fixed && piece.length === 0) return { at: talk.length, matched: 0 };
  let best: Place = { at: from, matched: -1 };
  for (let at = from; at <= (fixed ? from : talk.length); at++) {
    const differs = piece.findIndex((pattern, index) => !isLine(talk[at + index], pattern));
    const matched = differs === -1 ? piece.length : differs;
    if (matched > best.matched) best = { at, matched };
    if (matched === piece.length && (!toTheEnd || at + matched === talk.length)) return { at, matched };
  }
  return best;
}

function isLine(line: TranscriptLine | undefined, pattern: TranscriptPattern): boolean {
  if (line === undefined) return false;
  if (typeof pattern !== 'string') return pattern.test(line.text);
  return pattern === line.text || pattern === line.text.replace(/^(\w+) #\d+/, '$1');
}
