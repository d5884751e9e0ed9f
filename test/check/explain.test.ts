import { describe, expect, it } from 'vitest';
import { explainInjection } from '../../src/check/explain.ts';
import type { AccessFact } from '../../src/judge/index.ts';
import { FAULTS, type FaultKind } from '../../src/tclo-host/index.ts';
import { accessAt } from './support.ts';

const struck = (kind: FaultKind, call: Parameters<typeof accessAt>[1], more: Partial<AccessFact> = {}): AccessFact =>
  accessAt(0, call, { fault: { kind }, outcome: 'refused', ...more });
const refused = (step: 'sendsize' | 'close', at: number): AccessFact => accessAt(at, { step }, { outcome: 'refused' });

describe('explainInjection', () => {
  it.each([
    [
      'no further access to such a channel',
      struck('refuse', { protocol: 'rpci', step: 'open' }),
      [accessAt(1, {})],
      'the host refused the open of an RPCI channel; the driver never used such a channel again.',
    ],
    [
      'a retry',
      struck('break', { step: 'sendsize' }),
      [refused('sendsize', 1)],
      'the channel broke at the announcement of a poll; the driver tried again.',
    ],
    [
      'many refused retries',
      struck('break', { step: 'sendsize' }),
      [1, 2, 3, 4].map((at) => refused('sendsize', at)),
      'the channel broke at the announcement of a poll; the driver tried again 4 times, and the host refused each.',
    ],
    [
      'another step',
      struck('checkpoint', { step: 'receive', command: 'reset' }),
      [refused('close', 1)],
      'the checkpoint bit came with the payload of "reset"; the driver did not receive again: next it did "close".',
    ],
    [
      'an answer',
      struck('corrupt', { protocol: 'rpci', step: 'receive', command: 'info-get guestinfo.ip' }),
      [],
      'the payload of the answer to "info-get guestinfo.ip" arrived with flipped bits; the driver never used such a channel again.',
    ],
    [
      'a reply',
      struck('closed', { step: 'send', command: 'OK ' }),
      [],
      'the host closed the channel at the payload of the reply to "OK " and reported it closed; the driver never used such a channel again.',
    ],
    [
      'the close of an unknown channel',
      struck('refuse', { protocol: null, step: 'close' }),
      [accessAt(1, { protocol: null, step: 'close' })],
      'the host refused the close of a channel; the driver tried again.',
    ],
    [
      'a command without a message',
      struck('garbageRegisters', null, { command: 10 }),
      [],
      'the host answered command 0xa with garbage in the registers.',
    ],
  ] as const)('%s', (_, injection, later, text) => {
    expect(explainInjection(injection, later, false)).toBe(text);
  });

  it('says where a soft interrupt preempted the driver', () => {
    const open = accessAt(0, { protocol: 'tclo', step: 'open' });
    expect(explainInjection(open, [], true)).toBe(
      'a soft interrupt preempted the driver after the open of a TCLO channel.',
    );
    expect(explainInjection(accessAt(0, null), [], true)).toBe(
      'a soft interrupt preempted the driver after a command.',
    );
  });

  it('shortens a long message', () => {
    const text = explainInjection(struck('refuse', { protocol: 'rpci', command: 'x'.repeat(99) }), [], false);
    expect(text).toContain(`the announcement of "${'x'.repeat(60)}..."`);
  });

  it.each(Object.keys(FAULTS) as FaultKind[])('has words for the fault %s', (kind) => {
    const text = explainInjection(struck(kind, { step: 'receive', command: 'ping' }), [], false);
    expect(text).toMatch(/"ping"/);
    expect(text).toMatch(/^(the|only) .*; the driver never used such a channel again\.$/);
  });

  it('says nothing of an injection that a planned fault replaced', () => {
    expect(explainInjection(accessAt(0, {}), [], false)).toBe('');
  });
});
