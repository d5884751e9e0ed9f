import { describe, expect, it } from 'vitest';
import { countWords, lengthen, occurrenceOf, shorten, triggerOf, wordsOf } from '../../src/check/occurrences.ts';
import { accessAt } from './support.ts';

describe('the words of an access', () => {
  it('are its step and the first word of its message, or its command', () => {
    expect(wordsOf(accessAt(0, { step: 'send', command: 'ping 3' }))).toBe('tclo.send "ping"');
    expect(wordsOf(accessAt(0, { protocol: null, step: 'close' }))).toBe('any.close');
    expect(wordsOf(accessAt(0, null, { command: 0x17 }))).toBe('command 0x17');
    expect(triggerOf(accessAt(0, { step: 'open' }), 'refuse')).toBe('tclo.open refuse');
  });

  it('are counted, so that another build has the same occurrence', () => {
    const accesses = ['send', 'recvsize', 'send', 'send'].map((step) => accessAt(0, { step: step as 'send' }));
    const counts = countWords(accesses);
    expect(counts).toEqual([1, 1, 2, 3]);
    expect(occurrenceOf([], counts)).toBe('1');
    expect(occurrenceOf([{ access: 2, kind: 'refuse' }], counts)).toBe('2');
    expect(
      occurrenceOf(
        [
          { access: 3, kind: 'refuse' },
          { access: 5, kind: 'break' },
        ],
        counts,
      ),
    ).toBe('3+2');
  });
});

describe('occurrences in short', () => {
  it.each([
    [['3', '1', '2', '9', '3'], '1-3,9'],
    [['7'], '7'],
    [['3+2', '1', '3+10'], '1,3+10,3+2'],
  ])('%j', (occurrences, text) => {
    expect(shorten(occurrences)).toBe(text);
    expect(lengthen(text)).toEqual(new Set(occurrences));
  });

  it('a range from a file is bounded', () => {
    expect(lengthen('1-999999999').size).toBe(100_000);
  });
});
