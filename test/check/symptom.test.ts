import { describe, expect, it } from 'vitest';
import { conditionOf, stateOf, symptomOf } from '../../src/check/symptom.ts';
import type { Verdict } from '../../src/judge/index.ts';
import { accessAt } from './support.ts';

const verdict = (more: Partial<Verdict> = {}): Verdict => ({
  kind: 'invariant',
  invariant: 'recovers',
  title: 'the guest never recovers',
  explanation: '',
  address: 0x2000n,
  stack: [],
  ...more,
});

describe('conditionOf', () => {
  it('has the TCLO accesses of the last 10 s, those of an unknown channel, too', () => {
    const accesses = [
      accessAt(1e9, {}),
      accessAt(25e9, { step: 'recvsize' }),
      accessAt(26e9, { protocol: 'rpci' }),
      accessAt(27e9, null),
      accessAt(28e9, { protocol: null, step: 'close' }),
    ];
    const { lately, alive } = conditionOf(accesses, true, 30e9);
    expect([lately.map(({ at }) => at / 1e9), alive]).toEqual([[25, 28], true]);
    expect(conditionOf(accesses, false, 100e9)).toEqual({ alive: false, lately: [] });
  });
});

describe('stateOf', () => {
  it.each([
    ['silence', [], 'it is silent'],
    [
      'each step once, sorted',
      [
        accessAt(1, { step: 'sendsize' }, { outcome: 'refused' }),
        accessAt(2, { step: 'close' }),
        accessAt(3, { step: 'sendsize' }, { outcome: 'refused' }),
      ],
      'tclo.close ok, tclo.sendsize refused',
    ],
    [
      'an unknown channel',
      [accessAt(1, { protocol: null, step: 'close' }, { outcome: 'refused' })],
      'CLOSE of an unknown channel, refused',
    ],
    [
      'a known and an unknown channel',
      [accessAt(1, { protocol: null, step: 'open' }, { outcome: 'refused' }), accessAt(2, {})],
      'OPEN of an unknown protocol, refused; tclo.sendsize ok',
    ],
  ] as const)('%s', (_, lately, text) => {
    expect(stateOf(verdict(), { alive: true, lately })).toBe(text);
  });

  it('is of a guest that violates recovers only', () => {
    expect(stateOf(verdict({ invariant: 'quiet' }), { alive: true, lately: [] })).toBeNull();
    expect(stateOf(verdict(), { alive: false, lately: [] })).toBe('the attach failed');
  });
});

describe('symptomOf', () => {
  it('has no numbers, so that it holds for other builds', () => {
    const title = 'use after free: 1 byte at 0xffff8001, 12 bytes into a block of 3.5s "OK 7"';
    expect(symptomOf(verdict({ kind: 'memory', invariant: 'memorySafe', title }), { alive: true, lately: [] })).toBe(
      'memorySafe: use after free: N byte at N, N bytes into a block of Ns "OK N"',
    );
  });

  it('names the kind of a finding that violates no rule', () => {
    const { invariant: _, ...none } = verdict({ kind: 'missingSymbol', title: 'calls foo' });
    expect(symptomOf(none, { alive: true, lately: [] })).toBe('missingSymbol: calls foo');
  });
});
