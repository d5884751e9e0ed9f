import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VmtbenchError } from '../../../src/errors.ts';
import { defineScenario, parseScenario, shippedScenarios } from '../../../src/scenario/index.ts';

/** A scenario, or an error with a place in every line of it; never anything else. */
function readsOrTells(text: string): void {
  try {
    parseScenario(text, 's.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(VmtbenchError);
    const lines = (error as VmtbenchError).message.split('\n').filter((line) => line.startsWith('s.yaml:'));
    expect(lines.length).toBeGreaterThan(0);
    const rows = text.split('\n').length;
    for (const line of lines) {
      const [, row, column] = /^s\.yaml:(\d+):(\d+): ./.exec(line) ?? [];
      expect(Number(row)).toBeGreaterThan(0);
      expect(Number(row)).toBeLessThanOrEqual(rows + 1);
      expect(Number(column)).toBeGreaterThan(0);
    }
  }
}

const shipped = shippedScenarios().map((name) => readFileSync(`scenarios/${name}.yaml`, 'utf8'));

/** A shipped text with some characters put in, left out or exchanged. */
const damaged = fc
  .record({
    text: fc.constantFrom(...shipped),
    cuts: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.nat({ max: 12 }),
        put: fc.oneof(fc.string({ maxLength: 6, unit: 'binary' }), fc.constantFrom(...':-[]{}#&*!|>%@\'"\n\t \0?,')),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ text, cuts }) =>
    cuts.reduce((whole, { at, length, put }) => {
      const place = Math.floor(at * whole.length);
      return whole.slice(0, place) + put + whole.slice(place + length);
    }, text),
  );

describe('a scenario is read, or its errors are listed', () => {
  it('whatever a good text has suffered', () => {
    fc.assert(fc.property(damaged, readsOrTells), { numRuns: 300 });
  });

  it('whatever the text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'binary' }), readsOrTells), { numRuns: 200 });
  });

  it('whatever the value', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.record({ host: fc.anything(), machine: fc.anything(), events: fc.array(fc.anything()) }),
    );
    const definesOrTells = (input: unknown): void => {
      try {
        defineScenario(input as object);
      } catch (error) {
        expect(error).toBeInstanceOf(VmtbenchError);
        expect((error as VmtbenchError).message).not.toBe('');
      }
    };
    fc.assert(fc.property(value, definesOrTells), { numRuns: 300 });
  });
});
