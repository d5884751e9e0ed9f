import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align } from '../../../src/trace/index.ts';

/** The length of the longest common subsequence, by the table that everybody knows. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const rows = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const [up = 0, left = 0, both = 0] = [rows[i - 1]?.[j], rows[i]?.[j - 1], rows[i - 1]?.[j - 1]];
      (rows[i] as number[])[j] = a[i - 1] === b[j - 1] ? both + 1 : Math.max(up, left);
    }
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

const list = fc.array(fc.constantFrom('ping', 'poll', 'open', 'close'), { maxLength: 30 });

describe('align', () => {
  it.each([1, 3, 1500])('goes through both lists in order, and pairs only likes (pieces of %i edits)', (edits) => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        const pairs = align(a, b, edits);
        const indices = (side: 'a' | 'b') => pairs.flatMap((pair) => pair[side] ?? []);
        expect(indices('a')).toEqual(a.map((_, i) => i));
        expect(indices('b')).toEqual(b.map((_, i) => i));
        for (const pair of pairs) if (pair.a !== null && pair.b !== null) expect(a[pair.a]).toBe(b[pair.b]);
      }),
    );
  });

  it('leaves the fewest items alone', () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        expect(align(a, b).filter((pair) => pair.a !== null && pair.b !== null)).toHaveLength(longestCommon(a, b));
      }),
    );
  });

  it('takes long lists that have nothing in common', () => {
    const numbered = (word: string) => Array.from({ length: 5000 }, (_, i) => `${word} ${i}`);
    expect(align(numbered('a'), numbered('b'), 200)).toHaveLength(10_000);
  });
});
