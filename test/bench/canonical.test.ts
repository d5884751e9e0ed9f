import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/bench/canonical.ts';

/** Values of which no two are equal. */
const DIFFERENT: readonly (readonly [string, unknown])[] = [
  ['nothing', null],
  ['0', 0],
  ['false', false],
  ['0n', 0n],
  ['the text 0', '0'],
  ['no bytes', new Uint8Array(0)],
  ['a byte', Uint8Array.of(0)],
  ['an empty array', []],
  ['an array of one', [0]],
  ['an array in an array', [[0]]],
  ['an empty object', {}],
  ['a key', { a: 0 }],
  ['another key', { b: 0 }],
  ['two keys', { a: 0, b: 0 }],
  ['two keys the other way round', { b: 0, a: 0 }],
  ['a key more, of nothing', { a: 0, b: null }],
  ['a key that is longer', { ab: 0 }],
  ['an object in an object', { a: { b: 0 } }],
  ['an object beside', { a: {}, b: 0 }],
  ['-1n', -1n],
  ['all ones', (1n << 64n) - 1n],
  ['more than 64 bits', 1n << 64n],
  ['the same below 0', -(1n << 64n)],
  ['as many bits more', 1n << 128n],
];

describe('the digest of a state', () => {
  it('is another one for every other value', () => {
    const digests = DIFFERENT.map(([, value]) => digestOf(value));
    expect(new Set(digests).size).toBe(DIFFERENT.length);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is the same for equal plain data', () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: 0n, max: 1n << 63n }),
    );
    const plain = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), fc.array(leaf)), fc.uint8Array());
    const same = fc.property(plain, (value) => digestOf(structuredClone(value)) === digestOf(value));
    fc.assert(same);
  });

  it.each([
    ['a Map', new Map([[1, 2]]), 'the state.here[0] is a Map'],
    ['a Set', new Set([1]), 'the state.here[0] is a Set'],
    ['an instance of a class', new (class Thing {})(), 'the state.here[0] is a Thing'],
    ['a function', () => 1, 'the state.here[0] is a function'],
    ['undefined', undefined, 'the state.here[0] is undefined'],
    ['a symbol', Symbol('x'), 'the state.here[0] is a symbol'],
    ['a date', new Date(0), 'the state.here[0] is a Date'],
    ['words', Uint16Array.of(1), 'the state.here[0] is a Uint16Array'],
  ])('throws on %s, and names the place', (_what, value, message) => {
    expect(() => digestOf({ here: [value] })).toThrow(`no digest: ${message}`);
  });

  it('throws on a hole in an array', () => {
    expect(() => digestOf(new Array(1))).toThrow('no digest: the state[0] is undefined');
  });
});
