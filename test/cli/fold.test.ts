import { describe, expect, it } from 'vitest';
import { cut, foldRepeats, withoutTime, wrap } from '../../src/cli/fold.ts';

describe('foldRepeats', () => {
  it('shows a line twice, and counts those like it before the next new one', () => {
    const lines = ['1.0s a', '1.1s b', '2.0s a', '2.1s b', '3.0s a', '3.1s b', '4.0s a', '5.0s c', '6.0s a'];
    expect(foldRepeats(lines, withoutTime)).toEqual([
      '1.0s a',
      '1.1s b',
      '2.0s a',
      '2.1s b',
      '  (3 more like this)',
      '5.0s c',
      '  (1 more like this)',
    ]);
  });

  it('keeps what does not repeat', () => {
    expect(foldRepeats(['a', 'b', 'a'], (line) => line)).toEqual(['a', 'b', 'a']);
  });
});

describe('wrap', () => {
  it('breaks at blanks, and cuts after the last line', () => {
    expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
    expect(wrap('one two three four', 9, 2)).toEqual(['one two', 'three ...']);
    expect(wrap('one', 9, 2)).toEqual(['one']);
  });

  it('keeps a word that is too long', () => {
    expect(wrap('a verylongword b', 5)).toEqual(['a', 'verylongword', 'b']);
  });
});

it('cuts a text to its width', () => {
  expect([cut('12345', 5), cut('123456', 5)]).toEqual(['12345', '12...']);
});
