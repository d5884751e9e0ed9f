import { describe, expect, it } from 'vitest';
import { compareTranscript } from '../../src/vitest/transcript-pattern.ts';

const TALK = ['GETVERSION', 'RPCI #0 open', 'RPCI #0 > "a"', 'RPCI #0 close', 'RPCI #1 open', 'RPCI #1 > "b"'].map(
  (text, at) => ({ at, text, pc: 0n }),
);

describe('a conversation is as expected', () => {
  it.each([
    [TALK.map(({ text }) => text)],
    [['GETVERSION', 'RPCI open', 'RPCI > "a"', 'RPCI close', 'RPCI open', /"b"$/]],
    [['...']],
    [['...', 'RPCI #1 open', '...']],
    [['...', 'RPCI open', 'RPCI > "b"']],
    [['GETVERSION', '...', 'RPCI > "b"']],
    [['...', 'RPCI > "a"', '...', '...', 'RPCI > "b"', '...']],
    [['GETVERSION', 'RPCI open', '...']],
  ])('%j', (patterns) => {
    expect(compareTranscript(TALK, patterns)).toBeNull();
  });
});

describe('a conversation differs', () => {
  it.each([
    ['at its first line', ['GETMHZ', '...'], { index: 0, expected: 'GETMHZ' }],
    ['in its middle', ['GETVERSION', 'RPCI #1 open', '...'], { index: 1, expected: 'RPCI #1 open' }],
    ['behind what was expected of it', ['GETVERSION', 'RPCI open'], { index: 2, expected: null }],
    ['by what never comes', [...TALK.map(({ text }) => text), 'RPCI close'], { index: 6, expected: 'RPCI close' }],
    // The place where most of the piece comes, not the first that begins like it.
    ['where it is most alike', ['...', 'RPCI open', /b/, 'RPCI close', '...'], { index: 6, expected: 'RPCI close' }],
    ['by its order', ['...', 'RPCI > "b"', '...', 'RPCI > "a"', '...'], { index: 6, expected: 'RPCI > "a"' }],
    ['by its end', ['...', 'RPCI > "a"'], { index: 3, expected: null }],
    ['by anything at all', [], { index: 0, expected: null }],
  ])('%s', (_, patterns, difference) => {
    expect(compareTranscript(TALK, patterns)).toEqual(difference);
  });
});
