import type { ConversationLine } from '../conversation.ts';
import { type ComparedLine, type Comparison, isSame } from './compare.ts';

/** Sentences for the beginnings of a channel's lines. `$who` is the channel, `$1` what the pattern found. */
const MESSAGES: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/^open( without cookies)?$/, 'opens a $who channel$1'],
  [/^open (.*)$/, 'is refused a $who channel ($1)'],
  [/^close$/, 'closes its $who channel'],
  [/^close (.*)$/, 'is refused the CLOSE of its $who channel ($1)'],
  [/^> (.*)$/, 'sends $1 on $who'],
  [/^< (.*)$/, 'gets $1 on $who'],
  [/^(\w+): fault (.*)$/, 'meets the injected fault $2 at a $1 on $who'],
  [/^(\w+) (.*)$/, 'has a $1 on $who that fails ($2)'],
];

const KINDS: { readonly [K in Exclude<ConversationLine['kind'], 'message'>]: (text: string) => string } = {
  idle: (text) => `is silent (${text})`,
  command: (text) => `calls ${text.replace(/: .*/, '')} (${text.replace(/^[^:]*: /, '')})`,
  port: (text) => `makes another port access (${text})`,
  event: (text) => `has the event ${text.slice('event: '.length)}`,
  console: (text) => `prints "${text.slice('console: '.length)}"`,
  finding: (text) => `has the finding ${text.slice('finding: '.length)}`,
  end: (text) => `ends: ${text.slice('end: '.length)}`,
};

/** What happens in a line, as the rest of a sentence: `opens a TCLO channel`. */
export function lineSentence({ kind, subject, text }: ConversationLine): string {
  if (kind !== 'message') return KINDS[kind](text);
  for (const [pattern, sentence] of MESSAGES) {
    const found = pattern.exec(text);
    if (found === null) continue;
    return sentence
      .replace(/\$(who|\d)/g, (_, key: string) => (key === 'who' ? channelName(subject) : (found[Number(key)] ?? '')))
      .replace(/\ba (?=RPCI)/, 'an ');
  }
  return text;
}

/** `channel` stands for one that the guest never opened. */
const channelName = (subject: string | null): string =>
  subject === null || subject === 'channel' ? 'unknown' : subject;

/** The first difference in the protocol's words; null: there is none. */
export function explainDifference({ lines, silent }: Comparison): string | null {
  const at = lines.findIndex((line) => !isSame(line));
  const [first] = silent;
  if (at === -1) return first === undefined ? null : `Only ${first.side === 'a' ? 'B' : 'A'} polls ${first.subject}.`;
  const line = lines[at] as ComparedLine;
  const [side, other] = line.a === null ? (['B', 'A'] as const) : (['A', 'B'] as const);
  const own = line.a ?? line.b;
  if (own === null) return null;
  const next = nextOf(lines.slice(at + 1), other);
  const instead = next === null ? `${other} does nothing more` : `${other} ${lineSentence(next)} next`;
  return `Only ${side} ${lineSentence(own)} here; ${instead}.`;
}

/** What the other side does from here on. */
function nextOf(lines: readonly ComparedLine[], side: 'A' | 'B'): ConversationLine | null {
  for (const { a, b } of lines) {
    const line = side === 'A' ? a : b;
    if (line !== null) return line;
  }
  return null;
}
