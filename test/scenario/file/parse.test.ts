import { describe, expect, it } from 'vitest';
import { VmtbenchError } from '../../../src/errors.ts';
import { defineScenario, parseScenario, type Scenario } from '../../../src/scenario/index.ts';

/** Every problem of a text, a line each. */
function problemsOf(text: string): string[] {
  try {
    parseScenario(text, 's.yaml');
  } catch (error) {
    expect(error).toMatchObject({ code: 'scenario', hint: expect.stringContaining('vmtbench schema') });
    return (error as VmtbenchError).message.split('\n');
  }
  return [];
}

const WHOLE = `title: everything
kernel: openbsd
host: { unsolicitedReply: glitch, highBandwidth: false, maxChannels: 16 }
machine:
  hostname: puffy
  memory: 512
  uuid: 564d7462-656e-6368-8000-000000000002
  interfaces: [{ name: vio0, mac: 00:50:56:00:00:01, addresses: [10.0.0.5/24, '2001:db8::5/64'] }]
for: 1.5m
seed: 7
events: ['at=5s tclo.glitch', 'after=ping:3 suspend', console=/resetting/ checkpoint]
faults:
  - rpci.receive nth=2 checkpoint
preemptions:
  - nth=17
  - rpci.sendsize every within=5s
expect: [recovers, not quiet, console /resetting/, tcloOpens>=2]
budget: { call: 100000, accesses: 5000 }
`;

describe('a scenario', () => {
  const scenario: Scenario = parseScenario(WHOLE, 's.yaml');

  it('is read whole', () => {
    expect(scenario).toMatchObject({
      title: 'everything',
      kernel: 'openbsd',
      host: { unsolicitedReply: 'glitch', highBandwidth: false, maxChannels: 16 },
      machine: {
        hostname: 'puffy',
        memory: 512,
        interfaces: [{ name: 'vio0', addresses: ['10.0.0.5/24', '2001:db8::5/64'] }],
      },
      for: '1.5m',
      seed: 7,
      budget: { call: 100_000, accesses: 5000 },
    });
    expect(scenario.events.map(({ event }) => event.name)).toEqual(['tclo.glitch', 'suspend', 'checkpoint']);
    expect(scenario.preemptions).toMatchObject([
      { protocol: 'port', step: 'any', at: { nth: 17 }, within: 60e9 },
      { protocol: 'rpci', step: 'sendsize', at: 'every', within: 5e9 },
    ]);
    expect(scenario.faults[0]).toMatchObject({ protocol: 'rpci', nth: 2, fault: { kind: 'checkpoint' } });
  });

  it('remembers the lines of what it plans', () => {
    expect(scenario.events.map(({ where }) => where)).toEqual(['s.yaml:11', 's.yaml:11', 's.yaml:11']);
    expect(scenario.faults.map(({ where }) => where)).toEqual(['s.yaml:13']);
    expect(scenario.preemptions.map(({ where }) => where)).toEqual(['s.yaml:15', 's.yaml:16']);
    expect(scenario.expect.map(({ where }) => where)).toEqual(Array(4).fill('s.yaml:17'));
  });

  it('is the same from TypeScript, but for the lines', () => {
    const defined = defineScenario({
      host: { unsolicitedReply: 'glitch' },
      for: '60s',
      events: ['at=5s tclo.glitch'],
      expect: ['recovers'],
    });
    const text = 'host: { unsolicitedReply: glitch }\nfor: 60s\nevents: [at=5s tclo.glitch]\nexpect: [recovers]\n';
    const { events, expect: expected, ...rest } = parseScenario(text, 's.yaml');
    expect(defined).toEqual({
      ...rest,
      events: events.map(({ where: _, ...event }) => event),
      expect: expected.map(({ where: _, ...expectation }) => expectation),
    });
  });

  it('from TypeScript tells every error by its path', () => {
    const wrong = () => defineScenario({ for: '60', events: ['at=5s nothing'], machine: { memory: 0 } });
    expect(wrong).toThrow(VmtbenchError);
    expect(wrong).toThrow(/^machine\.memory: .*\nfor: .*\nevents\[0\]: .*$/s);
  });
});

describe('an error has its line and column', () => {
  it.each([
    ['for: 60s\nevnts: []', ['s.yaml:2:1: unknown key "evnts"; did you mean events?']],
    ['hots: { session: full }', ['s.yaml:1:1: unknown key "hots"; did you mean host?']],
    ['host:\n  unsolicitedRply: glitch', ['s.yaml:2:3: unknown key "unsolicitedRply"; did you mean unsolicitedReply?']],
    ['machine: { ram: 5 }', [/^s\.yaml:1:12: unknown key "ram"; the keys are hostname, interfaces, memory, /]],
    [
      'machine:\n  interfaces:\n    - { nmae: vio0 }',
      [/:3:7: name: is missing/, /:3:7: addresses: is missing/, /:3:9: unknown key "nmae"; did you mean name\?/],
    ],
    ['kernel: opnbsd', [/^s\.yaml:1:9: kernel: cannot be "opnbsd": use openbsd, netbsd, freebsd, /]],
    ['host: { closeBroken: maybe }', ['s.yaml:1:22: closeBroken: cannot be "maybe": use accept, refuse']],
    ['host: { highBandwidth: 1 }', ['s.yaml:1:24: highBandwidth: cannot be 1: use true, false']],
    ['host: { maxChannels: 129 }', ['s.yaml:1:22: maxChannels: cannot be 129: it is 128 at most']],
    ['host: { ring: -1 }', ['s.yaml:1:15: ring: cannot be -1: it is 0 at least']],
    ['host: { ring: 1.5 }', ['s.yaml:1:15: ring: expected a whole number, not 1.5']],
    ['for: 60', ['s.yaml:1:6: for: expected text such as 60s']],
    ['for: 60 s', [/^s\.yaml:1:6: for: "60 s" is no time/]],
    ['for:', ['s.yaml:1:5: for: expected text such as 60s']],
    ['events: at=5s ping', ['s.yaml:1:9: events: expected a list, not "at=5s ping"']],
    ['events:\n  - at=5 ping', ['s.yaml:2:5: "5" is no time. Give it a unit: 5s, for example.']],
    ['events:\n  - at=5s pong', [/^s\.yaml:2:5: there is no event pong\. Did you mean ping\? The events are /]],
    ['events:\n  - at=5s guest.address vio0 10.0.0.5', [/^s\.yaml:2:5: 10\.0\.0\.5 is no address\. /]],
    ['events:\n  - at: 5s', ['s.yaml:2:5: events: expected text, not a map; text with ": " in it needs quotes']],
    ['faults: [rpci.recieve checkpoint]', [/^s\.yaml:1:10: "rpci\.recieve checkpoint" does not start with a step\. /]],
    ['preemptions:\n  - nth=1\n  - nth=0', [/^s\.yaml:3:5: "nth=0": nth counts from 1\. /]],
    ['preemptions: [tclo.nothing every]', [/^s\.yaml:1:15: "tclo\.nothing every" does not start with a step\. /]],
    ['preemptions: nth=1', ['s.yaml:1:14: preemptions: expected a list, not "nth=1"']],
    ['preemptions: [sometimes]', [/^s\.yaml:1:15: "sometimes" does not start with a step\. /]],
    ['expect:\n  - recover', [/^s\.yaml:2:5: "recover" is no expectation\. /]],
    ['expect:\n  - console /(/', [/^s\.yaml:2:5: \/\(\/ is no regular expression\. /]],
    ['machine: { hostname: "with blank" }', [/^s\.yaml:1:22: hostname: cannot be that\. Such as puffy/]],
    ['machine: { uuid: 1 }', ['s.yaml:1:18: uuid: expected text, not 1']],
    [
      'machine: { interfaces: [{ name: a, addresses: [10.0.0.5/33] }] }',
      [/^s\.yaml:1:48: 10\.0\.0\.5\/33 is no address\./],
    ],
    ['budget: { call: 0 }', ['s.yaml:1:17: call: cannot be 0: it is 1 at least']],
    ['seed: 0x10\nseed: 2', [/^s\.yaml:2:1: Map keys must be unique/]],
    ['- for: 60s', ['s.yaml:1:1: a scenario: expected a map of keys, not a list']],
    ['', ['s.yaml:1:1: a scenario: expected a map of keys, not nothing']],
    ['for: 60s\r\nseed: x\r\n', ['s.yaml:2:7: seed: expected a whole number, not "x"']],
  ] as const)('%j', (text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toEqual(expected.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
  });

  it('all of them at once, in the order of the text', () => {
    const text = 'evnts: []\nfor: 60\nevents: [at=5 ping, at=5s pong]\nhost: { ring: 9 }\n';
    expect(problemsOf(text).map((line) => line.split(': ')[0])).toEqual([
      's.yaml:1:1',
      's.yaml:2:6',
      's.yaml:3:10',
      's.yaml:3:21',
      's.yaml:4:15',
    ]);
  });

  it('of thousands the first', () => {
    const problems = problemsOf(`events:\n${'  - 1\n'.repeat(900)}`);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and 880 more errors');
  });
});

describe('what is no plain YAML is an error, after bounded work', () => {
  const bomb = Array.from({ length: 40 }, (_, i) => `k${i}: &k${i} [${i === 0 ? 'x' : `*k${i - 1}, *k${i - 1}`}]`);
  it.each([
    ['a tab', 'events:\n\t- at=5s ping', /^s\.yaml:2:1: Tabs are not allowed/],
    ['NUL', 'for: 60s\nseed: \0', /^s\.yaml:2:7: the control character 0x00/],
    ['an alias', 'for: &f 60s\ntitle: *f', /^s\.yaml:2:8: aliases are not supported/],
    ['a bomb of aliases', bomb.join('\n'), /aliases are not supported/],
    ['an alias of nothing', 'for: *f', /^s\.yaml:1:6: /],
    ['an alias of itself', 'events: &e [*e]', /aliases are not supported/],
    ['a tag', 'for: !time 60s', /^s\.yaml:1:/],
    ['bytes', 'for: !!binary aGVsbG8=', /^s\.yaml:1:15: for: expected text/],
    ['a merge key', '<<: { for: 60s }', /unknown key "<<"/],
    ['two documents', 'for: 60s\n---\nfor: 70s\n', /^s\.yaml:2:1: /],
    ['a prototype', '__proto__: { for: 60s }', /unknown key "__proto__"/],
    ['a list as key', '? [for]\n: 60s', /a key is a word/],
    ['a quote that does not end', 'for: "60s', /^s\.yaml:1:10: /],
    ['a bracket that does not end', 'events: [', /^s\.yaml:1:10: /],
    ['a giant', `title: ${'x'.repeat(70_000)}`, /the text is longer than 65536 characters/],
    ['brackets', '['.repeat(30_000), /lie too deep/],
    ['braces', '{a: '.repeat(10_000), /lie too deep/],
    ['dashes', '- '.repeat(15_000), /lie too deep/],
    ['questions', '? '.repeat(15_000), /lie too deep/],
    ['steps', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /lie too deep/],
    ['keys', Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n'), /unknown key "k0"/],
    ['entries', `events:\n${'- at=1s ping\n'.repeat(2000)}`, /events: is too long: 1000 at most/],
    ['escapes', `title: "${'\\x'.repeat(10_000)}"`, /Invalid escape/],
    ['colons', ': '.repeat(20_000), /^s\.yaml:1:/],
    ['half a character', '"\ud800": 1', /unknown key/],
  ])('%s', (_name, text, problem) => {
    expect(problemsOf(text).join('\n')).toMatch(problem);
  });

  it('a byte order mark is none of the text', () => {
    expect(parseScenario('\ufefffor: 60s', 's.yaml').for).toBe('60s');
  });

  it('text is not taken for what older YAML took it for', () => {
    const { title, machine } = parseScenario('title: no\nmachine: { hostname: "1e3", machineId: yes }', 's.yaml');
    expect([title, machine]).toEqual(['no', { hostname: '1e3', machineId: 'yes' }]);
  });
});
