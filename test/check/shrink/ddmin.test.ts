import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ddmin } from '../../../src/check/index.ts';
import { milder } from '../../../src/check/shrink/milder.ts';

describe('ddmin', () => {
  it('leaves exactly the items that matter together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(39), { maxLength: 5 }), (length, wanted) => {
        const items = Array.from({ length }, (_, i) => i);
        const needed = [...new Set(wanted.filter((item) => item < length))].sort((a, b) => a - b);
        const test = (some: readonly number[]) => needed.every((item) => some.includes(item));
        expect(ddmin(items, test)).toEqual(needed);
      }),
    );
  });

  it('leaves nothing to take away where several sets would do', () => {
    const test = (some: readonly number[]) => some.filter((item) => item % 3 === 0).length >= 2;
    const left = ddmin([...Array(30).keys()], test);
    expect(left).toHaveLength(2);
    expect(test(left)).toBe(true);
  });
});

describe('milder lines', () => {
  it.each([
    [{ list: 'events', source: 'every=5s tclo.break' }, ['every=5s tclo.glitch', 'at=5s tclo.break']],
    [{ list: 'events', source: 'at=5s suspend' }, ['at=5s checkpoint', 'at=5s suspend quiet']],
    [{ list: 'events', source: 'at=5s tclo.send x y' }, []],
    [
      { list: 'faults', source: 'rpci.send every closed' },
      ['rpci.send every checkpoint', 'rpci.send every refuse', 'rpci.send nth=1 closed'],
    ],
    [{ list: 'faults', source: 'rpci.send checkpoint' }, []],
    [{ list: 'preemptions', source: 'every' }, ['nth=1']],
  ] as const)('of %j', (line, lines) => {
    expect(milder(line)).toEqual(lines);
  });
});
