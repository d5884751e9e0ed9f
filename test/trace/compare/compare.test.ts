import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  Conversation,
  compareConversations,
  explainDifference,
  isSame,
} from '../../../src/trace/index.ts';
import { read, TracedGuest } from '../support.ts';

/** The lines of what a guest does. */
function linesOf(act: (guest: TracedGuest) => void) {
  const guest = new TracedGuest();
  act(guest);
  guest.writer.end('completed');
  const conversation = new Conversation();
  return [...read([guest.bytes]).records.flatMap((record) => conversation.lines(record)), ...conversation.rest()];
}

const compare = (a: (guest: TracedGuest) => void, b: (guest: TracedGuest) => void): Comparison =>
  compareConversations(linesOf(a), linesOf(b));

const session = (guest: TracedGuest, ...messages: readonly string[]): void => {
  const channel = guest.open('rpci');
  for (const message of messages) guest.send(channel, message);
  guest.step('close', channel);
};

const alone = ({ lines }: Comparison): string[] =>
  lines.filter((line) => !isSame(line)).map(({ a, b }) => (a === null ? `+ ${b?.text}` : `- ${a.text}`));

describe('two conversations', () => {
  it('are the same whatever their times, channel numbers and polls', () => {
    const same = compare(
      (guest) => session(guest, 'log a', 'log b'),
      (guest) => {
        guest.ns = 5e9;
        session(guest, 'log a', 'log b');
      },
    );
    expect(alone(same)).toEqual([]);
    expect(explainDifference(same)).toBeNull();
  });

  it('keep the rest where one has a line more', () => {
    const difference = compare(
      (guest) => session(guest, 'log a', 'log b'),
      (guest) => {
        guest.writer.console(1, 'hello');
        session(guest, 'log a', 'log between', 'log b');
      },
    );
    expect(alone(difference)).toEqual(['+ console: hello', '+ > "log between"']);
    expect(explainDifference(difference)).toBe('Only B prints "hello" here; A opens an RPCI channel next.');
  });

  it.each<[string, (guest: TracedGuest) => void, (guest: TracedGuest) => void, string]>([
    [
      'another message',
      (guest) => session(guest, 'log a'),
      (guest) => session(guest, 'log b'),
      'Only A sends "log a" on RPCI here; B sends "log b" on RPCI next.',
    ],
    [
      'no close',
      (guest) => session(guest, 'log a'),
      (guest) => guest.send(guest.open('rpci'), 'log a'),
      'Only A closes its RPCI channel here; B ends: completed, 3 records next.',
    ],
    [
      'no open',
      (guest) => guest.open('tclo'),
      () => {},
      'Only A opens a TCLO channel here; B ends: completed, 0 records next.',
    ],
    [
      'a refused step',
      (guest) => guest.step('close', 7),
      () => {},
      'Only A is refused the CLOSE of its unknown channel (refused: eax=0 ecx=0) here; B ends: completed, 0 records next.',
    ],
    [
      'polls',
      (guest) => guest.step('recvsize', guest.open('rpci')),
      (guest) => guest.open('rpci'),
      'Only A polls RPCI.',
    ],
  ])('%s is explained', (_, a, b, explanation) => {
    expect(explainDifference(compare(a, b))).toBe(explanation);
  });
});
