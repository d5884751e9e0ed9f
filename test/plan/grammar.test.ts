import { describe, expect, it } from 'vitest';
import { VmtbenchError } from '../../src/errors.ts';
import { parseEvent, parseFault, parseTime } from '../../src/plan/index.ts';

const failure = (act: () => unknown): VmtbenchError => {
  try {
    act();
  } catch (error) {
    if (error instanceof VmtbenchError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('TIME', () => {
  it.each([
    ['5ns', 5],
    ['2us', 2_000],
    ['1.5ms', 1_500_000],
    ['60s', 60e9],
    ['10m', 600e9],
    ['24h', 86_400e9],
    ['0s', 0],
  ])('%s is %d ns', (text, ns) => {
    expect(parseTime(text)).toBe(ns);
  });

  it.each(['5', '1.5', '', 's', '-5s', '5 s', '5S', '1e3s', '5sec', '99999999999999h', 'Infinitys'])(
    '"%s" is refused',
    (text) => {
      expect(failure(() => parseTime(text)).code).toBe('time');
    },
  );

  it('tells how to mend a number without its unit', () => {
    expect(failure(() => parseTime('30')).hint).toContain('30s');
  });
});

describe('EVENT', () => {
  it.each([
    ['at=5s tclo.break', { kind: 'at', ns: 5e9 }, { name: 'tclo.break' }],
    ['every=1m ping', { kind: 'every', ns: 60e9 }, { name: 'ping' }],
    ['after=ping:3 suspend quiet', { kind: 'after', word: 'ping', count: 3 }, { name: 'suspend', text: 'quiet' }],
    [
      'after=tools.os.statechange.status:1 reset',
      { kind: 'after', word: 'tools.os.statechange.status', count: 1 },
      { name: 'reset' },
    ],
    ['console=/reset+ing \\/ x/ checkpoint', { kind: 'console', pattern: /reset+ing \/ x/ }, { name: 'checkpoint' }],
    ['at=1s tclo.send  Set_Option a  b', { kind: 'at', ns: 1e9 }, { name: 'tclo.send', text: 'Set_Option a  b' }],
  ])('%s', (source, when, event) => {
    expect(parseEvent(source)).toEqual({ source, when, event });
  });

  it.each([
    ['tclo.break', 'event'],
    ['at=5 tclo.break', 'time'],
    ['at=5s', 'event'],
    ['every=0s ping', 'event'],
    ['every=1us ping', 'event'],
    ['after=ping suspend', 'event'],
    ['after=ping:0 suspend', 'event'],
    ['console=/[/ ping', 'event.pattern'],
    ['console=/x ping', 'event'],
    ['at=5s tclo.brake', 'event.name'],
    ['at=5s suspend loudly', 'event.text'],
    ['at=5s ping pong', 'event.text'],
    ['at=5s tclo.send', 'event.text'],
    ['', 'event'],
  ])('"%s" is refused with code %s', (source, code) => {
    expect(failure(() => parseEvent(source)).code).toBe(code);
  });
});

describe('FAULT', () => {
  it.each([
    [
      'rpci.receive nth=1 checkpoint',
      {
        protocol: 'rpci',
        step: 'receive',
        nth: 1,
        command: null,
        channel: null,
        from: 0,
        until: null,
        fault: { kind: 'checkpoint' },
      },
    ],
    [
      'tclo.any every channel=2 from=1.5s refuse',
      {
        protocol: 'tclo',
        step: 'any',
        nth: 'every',
        command: null,
        channel: 2,
        from: 1.5e9,
        until: null,
        fault: { kind: 'refuse', until: Number.MAX_SAFE_INTEGER },
      },
    ],
    [
      'any.send command="tools.os.statechange.status 1 5" truncate',
      {
        protocol: 'any',
        step: 'send',
        nth: 1,
        command: 'tools.os.statechange.status 1 5',
        channel: null,
        from: 0,
        until: null,
        fault: { kind: 'truncate' },
      },
    ],
    [
      'port.any nth=2 refuse',
      {
        protocol: 'port',
        step: 'any',
        nth: 2,
        command: null,
        channel: null,
        from: 0,
        until: null,
        fault: { kind: 'refuse' },
      },
    ],
    [
      'rpci.recvsize wrongLength by=-0x10',
      {
        protocol: 'rpci',
        step: 'recvsize',
        nth: 1,
        command: null,
        channel: null,
        from: 0,
        until: null,
        fault: { kind: 'wrongLength', by: -16 },
      },
    ],
    [
      'tclo.recvsize for=2s stall',
      {
        protocol: 'tclo',
        step: 'recvsize',
        nth: 1,
        command: null,
        channel: null,
        from: 0,
        until: null,
        fault: { kind: 'stall', for: 2e9 },
      },
    ],
    [
      'rpci.open from=1s until=2m every refuse',
      {
        protocol: 'rpci',
        step: 'open',
        nth: 'every',
        command: null,
        channel: null,
        from: 1e9,
        until: 120e9,
        fault: { kind: 'refuse', until: 120e9 },
      },
    ],
  ])('%s', (source, planned) => {
    expect(parseFault(source)).toEqual({ source, ...planned });
  });

  it.each([
    ['receive checkpoint', /step/],
    ['rpci.recieve checkpoint', /step/],
    ['rpci.receive', /kind/],
    ['rpci.receive chekpoint', /chekpoint/],
    ['rpci.open checkpoint', /means nothing/],
    ['tclo.open break', /means nothing/],
    ['rpci.receive nth=0 refuse', /from 1/],
    ['rpci.receive nth=x refuse', /whole number/],
    ['rpci.receive nth=1 every refuse', /both/],
    ['rpci.receive nth=1 nth=2 refuse', /nth twice/],
    ['rpci.receive every every refuse', /every twice/],
    ['rpci.receive channel=-1 refuse', /below 0/],
    ['rpci.receive by=1 refuse', /no key by/],
    ['rpci.receive bogus=1 refuse', /no key bogus/],
    ['rpci.receive refuse checkpoint', /two kinds/],
    ['rpci.receive from=5 refuse', /no time/],
    ['rpci.receive from=5s until=5s refuse', /ends before it begins/],
    ['rpci.receive command="x refuse', /cannot read/],
    ['', /step/],
  ])('"%s" is refused', (source, message) => {
    expect(failure(() => parseFault(source)).message).toMatch(message);
  });

  it.each(['refuse', 'checkpoint', 'break'])(
    '%s is taken at every step where it means something, and nowhere else',
    (kind) => {
      const steps = ['open', 'sendsize', 'send', 'recvsize', 'receive', 'status', 'close'];
      const taken = steps.filter((step) => {
        try {
          return parseFault(`rpci.${step} ${kind}`).step === step;
        } catch {
          return false;
        }
      });
      const expected: Record<string, string[]> = {
        refuse: steps,
        checkpoint: ['send', 'receive', 'status'],
        break: steps.slice(1),
      };
      expect(taken).toEqual(expected[kind]);
    },
  );
});
