import { describe, expect, it } from 'vitest';
import { INVARIANTS, type Invariant, type InvariantName } from '../../../src/judge/index.ts';
import { type HostOptions, resolveHostOptions } from '../../../src/tclo-host/index.ts';
import { access, happens, judged } from './reported.ts';

/** What guests do that no fixture does: tools that report late, that answer twice, that close a channel that serves. */

const rule = (name: InvariantName, host: Partial<HostOptions> = {}): Invariant => {
  const create = INVARIANTS[name].create;
  if (create === null) throw new Error(`${name} has no observer`);
  return create({
    host: resolveHostOptions(host),
    kernel: 'openbsd',
    kernelFacts: { shutsDriversDown: true, driversKeepTclo: true },
    lastAccesses: () => [],
    where: (address: bigint) => `${address}`,
  });
};

const asked = (text: string, at = 10) => [
  happens(at, 'open', 0),
  happens(at, 'post', 0, text),
  happens(at + 1, 'fetched', 0, text),
  access(at + 1, 'tclo', 'status', 0, { text }),
];
const answers = (text: string, request: string | undefined, at = 12) => [
  happens(at, 'reply', 0, text, request),
  access(at, 'tclo', 'send', 0),
];
const REPORT = 'tools.os.statechange.status 1 5';
const reports = (at: number) => [
  happens(at, 'open', 1),
  happens(at, 'rpci', 1, REPORT),
  access(at, 'rpci', 'send', 1, { text: REPORT }),
  access(at, 'rpci', 'recvsize', 1, { text: REPORT }),
  access(at, 'rpci', 'receive', 1, { text: REPORT }),
  happens(at, 'fetched', 1, REPORT),
  access(at, 'rpci', 'status', 1, { text: REPORT }),
];
const LOST = 'the report of OS_Suspend is lost';

describe('noLostEvent', () => {
  it.each([
    ['reported before the answer', [...asked('OS_Suspend'), ...reports(11), ...answers('OK ', 'OS_Suspend')], []],
    ['reported 20 s after the answer', [...asked('OS_Suspend'), ...answers('OK ', 'OS_Suspend'), ...reports(32)], []],
    ['never reported', [...asked('OS_Suspend'), ...answers('OK ', 'OS_Suspend')], [LOST]],
    ['refused: there is nothing to report', [...asked('OS_Suspend'), ...answers('ERROR ', 'OS_Suspend')], []],
    [
      'reported with another state',
      [
        ...asked('OS_Suspend'),
        ...answers('OK ', 'OS_Suspend'),
        ...reports(13).map((fact) => JSON.parse(JSON.stringify(fact, asText).replaceAll('status 1 5', 'status 1 4'))),
      ],
      [LOST],
    ],
    [
      'reported, and the answer acknowledged without its payload',
      [
        ...asked('OS_Suspend'),
        ...reports(11).filter((fact) => !('call' in fact && fact.call?.step === 'receive')),
        ...answers('OK ', 'OS_Suspend'),
      ],
      [LOST],
    ],
    [
      'reported, and the answer announced as empty: there is no payload to fetch',
      [
        ...asked('OS_Suspend'),
        ...reports(11)
          .filter((fact) => !('call' in fact) || fact.call?.step !== 'receive')
          .map((fact) =>
            'call' in fact && fact.call?.step === 'recvsize'
              ? { ...fact, fault: { kind: 'oversize' as const, size: 0 } }
              : fact,
          ),
        ...answers('OK ', 'OS_Suspend'),
      ],
      [],
    ],
  ])('a state change %s', (_, facts, expected) => {
    expect(judged(rule('noLostEvent'), facts, 100)).toEqual(expected);
  });

  it.each([
    [
      'answered twice',
      [...asked('ping'), ...answers('OK ', 'ping'), ...answers('OK ', undefined, 13)],
      ['the guest answers without a request: "OK "'],
    ],
    [
      'closed away',
      [...asked('ping'), happens(12, 'close', 0), access(12, 'tclo', 'close', 0)],
      ['the guest closes a channel with a request unanswered: "ping"'],
    ],
    ['whose channel the host breaks', [...asked('ping'), happens(12, 'broken', 0)], []],
    [
      'that the host waits for until it breaks the channel',
      [...asked('ping'), happens(70, 'broken', 0)],
      ['the guest never answers a request: "ping"'],
    ],
    [
      'that nobody fetches',
      [happens(10, 'open', 0), happens(10, 'post', 0, 'ping')],
      ['the guest never answers a request: "ping"'],
    ],
    [
      'that the host withdraws',
      [happens(10, 'open', 0), happens(10, 'post', 0, 'ping'), happens(11, 'dropped', 0, 'ping')],
      [],
    ],
    [
      'whose answer is refused, before the channel is closed',
      [
        ...asked('ping'),
        access(12, 'tclo', 'sendsize', 0, { outcome: 'refused' }),
        happens(12, 'close', 0),
        access(12, 'tclo', 'close', 0),
      ],
      [],
    ],
    [
      'whose channel the host does not close when it is asked to',
      [...asked('ping'), access(12, 'tclo', 'close', 0, { outcome: 'refused' })],
      [],
    ],
  ])('a request %s', (_, facts, expected) => {
    expect(judged(rule('noLostEvent'), facts, 100)).toEqual(expected);
  });

  it('has waited only since a stall was over', () => {
    const stall = access(9, 'tclo', 'recvsize', 0, { fault: { kind: 'stall', for: 50e9 } });
    const facts = [happens(9, 'open', 0), stall, happens(10, 'post', 0, 'ping')];
    expect(judged(rule('noLostEvent'), facts, 80)).toEqual([]);
    expect(judged(rule('noLostEvent'), facts, 95)).toEqual(['the guest never answers a request: "ping"']);
  });

  it('is undecided while a fetched request waits', () => {
    expect(judged(rule('noLostEvent'), asked('ping'), 20)).toEqual([
      'noLostEvent is undecided: "ping" is not answered yet',
    ]);
  });

  it('asks for nothing where the host says so', () => {
    const twice = [...asked('ping'), ...answers('OK ', 'ping'), ...answers('OK ', undefined, 13)];
    expect(judged(rule('noLostEvent', { unsolicitedReply: 'accept' }), twice, 100)).toEqual([]);
    const silent = [...asked('OS_Suspend'), ...answers('OK ', 'OS_Suspend')];
    expect(judged(rule('noLostEvent', { maxChannels: 1 }), silent, 100)).toEqual([]);
  });
});

describe('recovers', () => {
  const probe = (fault: 'refuse' | null) => ({
    ...access(1, 'rpci', 'open', 0),
    command: 0x0a,
    call: null,
    fault: fault === null ? null : ({ kind: fault } as const),
  });
  const NEVER = 'the guest never recovers its TCLO channel';

  it.each([
    ['was refused', [probe('refuse')], []],
    ['went well', [probe(null)], [NEVER]],
    ['came after a channel, and was refused', [access(1, 'rpci', 'open', 0), probe('refuse')], [NEVER]],
  ])('of a guest that never polls: a probe that %s', (_, facts, expected) => {
    expect(judged(rule('recovers'), facts, 100)).toEqual(expected);
  });
});

/** Big integers as text, which no rule looks at. */
const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
