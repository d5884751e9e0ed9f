import type { ConversationLine } from '../conversation.ts';
import { type AlignedPair, align } from './align.ts';

/** A line of two conversations: of both, or of one alone. */
export interface ComparedLine {
  readonly a: ConversationLine | null;
  readonly b: ConversationLine | null;
}

export interface Comparison {
  readonly lines: readonly ComparedLine[];
  /** The protocols whose channels one side polls and the other does not. */
  readonly silent: readonly { readonly subject: string; readonly side: 'a' | 'b' }[];
}

/** Commands that return a time: another value is no difference. */
const TIMES = /^(GETTIME\w*|PRECISIONCLOCK|GETHOSTCLOCK): .*/;

/**
 * What of a line must be equal on both sides. Channel numbers shift with each channel that is opened or not, times with
 * everything; the end counts records.
 */
export function lineKey({ kind, subject, text }: ConversationLine): string {
  const said =
    kind === 'end' ? text.replace(/, \d+ records?$/, '') : kind === 'command' ? text.replace(TIMES, '$1') : text;
  return `${kind}\n${subject ?? ''}\n${said}`;
}

/**
 * Aligns two conversations. How often a guest polls without a message is no part of it, but whether it does.
 * @param a all lines of the one, in their order.
 */
export function compareConversations(a: readonly ConversationLine[], b: readonly ConversationLine[]): Comparison {
  const [spokenA, spokenB] = [spoken(a), spoken(b)];
  const pairs = align(spokenA.map(lineKey), spokenB.map(lineKey));
  return {
    lines: pairs.map((pair) => lineOf(pair, spokenA, spokenB)),
    silent: [...silent(a, b, 'b'), ...silent(b, a, 'a')],
  };
}

type Lines = readonly ConversationLine[];

const spoken = (lines: Lines): Lines => lines.filter(({ kind }) => kind !== 'idle');

function lineOf({ a, b }: AlignedPair, linesA: Lines, linesB: Lines): ComparedLine {
  return { a: a === null ? null : (linesA[a] ?? null), b: b === null ? null : (linesB[b] ?? null) };
}

/** What `one` polls and `other`, which is `side`, does not. */
function silent(one: Lines, other: Lines, side: 'a' | 'b'): Comparison['silent'][number][] {
  const polled = (lines: Lines): Set<string> =>
    new Set(lines.flatMap(({ kind, subject }) => (kind === 'idle' && subject !== null ? [subject] : [])));
  const others = polled(other);
  return [...polled(one)].filter((subject) => !others.has(subject)).map((subject) => ({ subject, side }));
}

export const isSame = ({ a, b }: ComparedLine): boolean => a !== null && b !== null;
