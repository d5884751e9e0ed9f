import { describe, expect, it } from 'vitest';
import { settleRules } from '../../../src/judge/expect/rules.ts';
import { watchExpectations } from '../../../src/judge/expect/watch.ts';
import { parseExpectation } from '../../../src/judge/index.ts';
import type { HostEvent } from '../../../src/tclo-host/index.ts';

const end = { at: 60e9, early: false, halted: false, blocks: [] };

/** The console lines and happenings of a run, a second apart, and what of the expectations was not met. */
function unmetAfter(expectations: readonly string[], facts: readonly (string | Partial<HostEvent>)[]): string[] {
  const watch = watchExpectations(expectations.map(parseExpectation));
  for (const [index, fact] of facts.entries()) {
    const at = (index + 1) * 1e9;
    if (typeof fact === 'string') watch.console?.({ at, text: fact });
    else watch.hostEvent?.({ at, kind: 'log', text: '', ...fact });
  }
  return watch.judge(end).verdicts.map(({ title, explanation }) => `${title}. ${explanation}`);
}

describe('an expectation', () => {
  it.each([
    ['console a', ['a'], true],
    ['console a', ['ab'], false],
    ['console /a/', ['ab'], true],
    ['console /^OK $/', ['OK'], false],
    ['console a b  c', ['a b  c'], true],
    ['console /a\\/b/', ['a/b'], true],
    ['not console a', ['b'], true],
    ['not console a', ['b', 'a'], false],
    ['rpci log x', [{ kind: 'rpci', text: 'log x' }], true],
    ['rpci log x', [{ kind: 'reply', text: 'log x' }, 'log x'], false],
    ['reply /^OK $/', [{ kind: 'reply', text: 'OK ' }], true],
    ['log /wrong cookie/', [{ kind: 'log', text: 'GuestMsg: channel 0: wrong cookie, discarding message.' }], true],
    [
      'tcloOpens=1',
      [
        { kind: 'open', text: 'tclo channel 0 opened' },
        { kind: 'open', text: 'rpci channel 1 opened' },
      ],
      true,
    ],
    ['rpciOpens = 2', [{ kind: 'open', text: 'rpci channel 1 opened' }], false],
    [
      'channelsOpen<=0',
      [
        { kind: 'open', text: 'rpci channel 1 opened' },
        { kind: 'close', text: '' },
      ],
      true,
    ],
    ['channelsOpen<1', [{ kind: 'open', text: 'rpci channel 1 opened' }], false],
    ['not tcloOpens>0', [{ kind: 'open', text: 'tclo channel 0 opened' }], false],
    ['accesses>=1', [], false],
    ['guestinfo.ip=10.0.0.5', [{ kind: 'rpci', text: 'info-set guestinfo.ip 10.0.0.5' }], true],
    ['guestinfo.ip=10.0.0.5', [{ kind: 'rpci', text: 'info-set guestinfo.ip 10.0.0.55' }], false],
    ['guestinfo.ip=/^10\\./', [{ kind: 'rpci', text: 'info-set guestinfo.ip 10.0.0.5' }], true],
    ['not guestinfo.ip=/./', [{ kind: 'rpci', text: 'info-set guestinfo.ipv6 ::1' }], true],
    ['guestinfo.a=', [{ kind: 'rpci', text: 'info-set guestinfo.a ' }], true],
  ] as const)('%s of %j', (expectation, facts, met) => {
    expect(unmetAfter([expectation], facts)).toHaveLength(met ? 0 : 1);
  });

  it('those of one list come in their order', () => {
    const order = ['console a', 'console b', 'console a'];
    expect(unmetAfter(order, ['a', 'x', 'b', 'a'])).toEqual([]);
    expect(unmetAfter(order, ['b', 'a', 'a'])).toHaveLength(2);
    expect(unmetAfter(['console a', 'console a'], ['a'])).toHaveLength(1);
    // Each list has an order of its own, and `not` has none.
    expect(unmetAfter(['console a', 'rpci b', 'not console c'], [{ kind: 'rpci', text: 'b' }, 'a'])).toEqual([]);
  });

  it('says what came instead', () => {
    expect(unmetAfter(['not console a', 'tcloOpens=2', 'guestinfo.ip=1', 'console b'], ['x', 'a'])).toEqual([
      "expected and not so: not console a. One came at 2.000000s of the lines of the guest's console.",
      "expected and not so: console b. None came of the lines of the guest's console, or none after those that are expected before it.",
      'expected and not so: tcloOpens=2. It was 0: TCLO channels opened.',
      'expected and not so: guestinfo.ip=1. It was not set.',
    ]);
  });

  it.each([
    '',
    'not',
    'nothing',
    'not not recovers',
    'console',
    'tcloOpens',
    'tcloOpens=x',
    'tcloOpens==2',
    'guestinfo.=1',
    'recovers now',
  ])('%j is none', (text) => {
    expect(() => parseExpectation(text)).toThrow(expect.objectContaining({ code: 'expect' }));
  });
});

describe('a rule that is expected', () => {
  const broken = {
    kind: 'invariant',
    invariant: 'recovers',
    title: 'it does not',
    explanation: 'So.',
    address: null,
    stack: [],
  } as const;
  const settle = (source: string, verdicts: readonly (typeof broken)[], undecided: Record<string, string> = {}) =>
    settleRules({ verdicts, undecided: new Map(Object.entries(undecided)) }, [
      { ...parseExpectation(source), where: 's.yaml:3' },
    ]);

  it('to hold, and holds: nothing', () => {
    expect(settle('recovers', [])).toEqual({ verdicts: [], notes: [] });
  });

  it('to hold, and is broken: its own finding, with the place', () => {
    expect(settle('recovers', [broken])).toEqual({
      verdicts: [{ ...broken, explanation: 's.yaml:3: So.' }],
      notes: [],
    });
  });

  it('to be broken, and is: a note', () => {
    expect(settle('not recovers', [broken])).toEqual({
      verdicts: [],
      notes: ['s.yaml:3: as expected: it does not [recovers]'],
    });
  });

  it('to be broken, and holds: a finding', () => {
    const { verdicts } = settle('not recovers', []);
    expect(verdicts).toEqual([
      expect.objectContaining({ invariant: 'expected', explanation: 's.yaml:3: The guest keeps this rule.' }),
    ]);
  });

  it.each(['recovers', 'not recovers'])('%s, and is undecided: a finding', (source) => {
    const { verdicts } = settle(source, [], { recovers: 'recovers is undecided: too short' });
    expect(verdicts).toEqual([
      expect.objectContaining({ invariant: 'expected', explanation: 's.yaml:3: recovers is undecided: too short.' }),
    ]);
  });

  it('leaves what others found alone', () => {
    const other = { ...broken, invariant: 'quiet' as never };
    expect(settle('not recovers', [broken, other]).verdicts).toEqual([other]);
  });
});
