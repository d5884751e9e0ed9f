import { describe, expect, test } from 'vitest';
import { type AccessFact, AccessHistory } from '../../src/judge/index.ts';
import { outcomeOf } from '../../src/protocol/index.ts';

describe('the outcome of a message call', () => {
  test.each([
    [0x01, 'ok'],
    [0x83, 'ok'],
    [0x00, 'refused'],
    [0x10, 'checkpoint'],
    [0x04, 'status 0x04, closed'],
    [0x08, 'status 0x08, unsent'],
    [0x20, 'status 0x20, poweroff'],
    [0x40, 'status 0x40, timeout'],
    [0x8120 & ~0x11, 'status 0x8120'],
  ])('status 0x%x is %s', (status, text) => {
    expect(outcomeOf(status)).toBe(text);
  });
});

describe('an access for people', () => {
  const FACT: AccessFact = {
    at: 5e9,
    pc: 0x10n,
    calls: [],
    port: 0x5658,
    command: 30,
    call: null,
    outcome: 'ok',
    fault: null,
    violation: null,
    answer: null,
  };
  const texts = (fact: Partial<AccessFact>): string[] =>
    new AccessHistory(() => 'f+0x10').describe([{ ...FACT, ...fact }]);
  const call = { protocol: 'tclo', step: 'sendsize', channel: 0, command: 'ping' } as const;

  test.each<[string, Partial<AccessFact>, string]>([
    ['a step of an open channel', { call }, 'tclo.sendsize #0 "ping": ok'],
    ['an OPEN', { call: { ...call, step: 'open', channel: null, command: null } }, 'tclo.open: ok'],
    [
      'a channel that is not open',
      { call: { protocol: null, step: 'close', channel: 3, command: null }, outcome: 'refused' },
      'CLOSE of an unknown channel #3: refused',
    ],
    [
      'an OPEN of no known protocol',
      { call: { protocol: null, step: 'open', channel: null, command: null }, outcome: 'refused' },
      'OPEN of an unknown protocol: refused',
    ],
    [
      'a fault, by its status',
      { call, outcome: 'status 0x20, poweroff', fault: { kind: 'poweroff' } },
      'tclo.sendsize #0 "ping": status 0x20, poweroff (fault poweroff)',
    ],
    ['a command', { command: 10 }, 'GETVERSION'],
    ['an unknown command', { command: 0x7777 }, 'command 0x7777'],
    ['another port', { command: null, port: 0x3f8 }, 'port 0x3f8'],
  ])('%s', (_, fact, text) => {
    expect(texts(fact)).toEqual([`5.000000s ${text} at f+0x10`]);
  });
});
