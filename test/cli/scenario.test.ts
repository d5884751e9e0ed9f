import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runJson, vmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';

const UNPATCHED = 'fixtures/kernels/vmt-unpatched-amd64.o';
const PATCHED = 'fixtures/kernels/vmt-patched-amd64.o';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string | Uint8Array): string {
  const path = join(folder, `s${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

const rules = (findings: readonly { readonly invariant?: string }[]): (string | undefined)[] =>
  findings.map(({ invariant }) => invariant);

describe('run --scenario', () => {
  it('plays a file, and an expectation that is not met is a finding with its line', async () => {
    const path = file(
      'for: 40s\nevents:\n  - at=5s tclo.break\nexpect:\n  - tcloOpens=2\n  - "console vmt0: resetting rpc"\n',
    );
    const patched = await runJson(PATCHED, '--scenario', path);
    expect([patched.findings, patched.status]).toEqual([[], 0]);
    const { findings, status } = await runJson(UNPATCHED, '--scenario', path);
    expect(rules(findings)).toEqual(['recovers', 'quiet', 'expected', 'expected']);
    expect(findings.map(({ explanation }) => explanation).slice(2)).toEqual([
      expect.stringMatching(`^${path}:6: None of the lines`),
      `${path}:5: The number of TCLO channels opened is 1.`,
    ]);
    expect(status).toBe(1);
  });

  it('finds those that come with the package by their name', async () => {
    const { findings } = await runJson(UNPATCHED, '--scenario', 'lost-report');
    expect(rules(findings)).toEqual(['noLostEvent']);
    expect(findings[0]?.explanation).toMatch(/^lost-report\.yaml:\d+: /);
  });

  it('flags are put upon it: lists are added, values take the place', async () => {
    const path = file(
      'for: 30s\nseed: 5\nhost: { closeBroken: refuse, maxChannels: 3 }\nmachine: { hostname: one, memory: 64 }\n',
    );
    const flags = ['--for', '10s', '--host', 'closeBroken=accept', '--hostname', 'two', '--event', 'at=2s ping'];
    const { findings } = await runJson(PATCHED, '--scenario', path, ...flags, '--expect', 'tcloOpens=9');
    expect(findings[0]?.plan).toEqual({
      kernel: 'openbsd',
      for: '10s',
      host: { closeBroken: 'accept', maxChannels: 3 },
      machine: { hostname: 'two', memory: 64 },
      events: ['at=2s ping'],
      faults: [],
      expect: ['tcloOpens=9'],
      seed: 5,
    });
  });

  it('every part of it is in the command that repeats a finding, exactly', async () => {
    const path = file(`kernel: openbsd
host: { addressError: break }
machine:
  hostname: puffy
  memory: 64
  bootTime: 1000000000
  interfaces: [{ name: vio0, mac: 00:50:56:00:00:01, addresses: [10.0.0.5/24] }, { name: lo0, addresses: ['::1/128'] }]
for: 70s
seed: 9
events: [at=5s suspend, at=12s guest.address vio0 10.0.0.9/24, "console=/it's/ ping"]
faults: ['rpci.send command="SetGuestInfo  1" nth=1 corrupt']
expect: [rpci /never/, "not console /it's/", not recovers]
budget: { call: 1000000, accesses: 100000 }
`);
    const first = await runJson(PATCHED, '--scenario', path);
    expect(first.findings.length).toBeGreaterThan(0);
    const [program, command, ...words] = shellWords(first.findings[0]?.repeat ?? '');
    expect([program, command]).toEqual(['vmtbench', 'run']);
    expect(words).not.toContain('--scenario');
    const again = await runJson(...words);
    const withoutPlaces = JSON.stringify(first).replaceAll(new RegExp(`${path}:\\d+: `, 'g'), '');
    expect(JSON.parse(withoutPlaces)).toEqual(again);
  });

  it('what it plans and never triggers is a note with its line, and exit 1 under --strict', async () => {
    const path = file('for: 10s\nevents:\n  - after=ping:99 suspend\nfaults:\n  - rpci.open nth=999 refuse\n');
    const { notes, status } = await runJson(PATCHED, '--scenario', path, '--strict');
    expect(notes).toEqual([
      `${path}:5: the fault "rpci.open nth=999 refuse" never triggered`,
      `${path}:3: the event "after=ping:99 suspend" never triggered`,
    ]);
    expect(status).toBe(1);
  });

  it('expects a bug that is known: a note, and exit 0', async () => {
    const path = file('for: 40s\nevents: [at=5s tclo.break]\nexpect:\n  - not recovers\n  - not quiet\n');
    const { notes, findings, status } = await runJson(UNPATCHED, '--scenario', path);
    expect(notes).toEqual([
      `${path}:4: as expected: the guest never recovers its TCLO channel [recovers]`,
      expect.stringMatching(`^${path}:5: as expected: the guest floods its console`),
    ]);
    expect([findings, status]).toEqual([[], 0]);
    expect(rules((await runJson(PATCHED, '--scenario', path)).findings)).toEqual(['expected', 'expected']);
  });

  it('a guest that asks the host too often is a hang', async () => {
    const path = file('for: 60s\nbudget: { accesses: 100 }\n');
    const { findings, virtualSeconds } = await runJson(PATCHED, '--scenario', path);
    expect(findings).toEqual([
      expect.objectContaining({ kind: 'hang', title: 'the guest used up its budget of 100 port accesses' }),
    ]);
    expect(virtualSeconds).toBeLessThan(60);
  });

  it('the machine is what it says: memory, clocks, names, identity', async () => {
    const path = file(
      'machine: { uuid: 01234567-89ab-cdef-0123-456789abcdef, hostname: mars }\nfor: 5s\nexpect: [rpci SetGuestInfo  1 mars]\n',
    );
    const { console, findings } = await runJson('fixtures/kernels/vmt-netbsd-patched-amd64.o', '--scenario', path);
    expect(console).toContain('vmt0: UUID: 01234567-89ab-cdef-0123-456789abcdef');
    expect(findings).toEqual([]);
    const call = ['call', PATCHED, 'vmt_kvop', '--machine', 'memory=64', '--json'];
    expect((await vmtbench(...call)).status).toBeLessThan(2);
  });

  it.each([
    ['no-such-scenario', /there is no scenario no-such-scenario\n.*dead-channel/],
    ['scenarios', /there is no scenario scenarios\n/],
    ['../scenarios/healthy', /there is no scenario/],
  ])('%s is none', async (name, message) => {
    const { status, stderr } = await vmtbench('run', PATCHED, '--scenario', name);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('its errors come all at once, a line each, exit 2', async () => {
    const path = file('evnts: []\nfor: 60\n');
    const { status, stderr } = await vmtbench('run', PATCHED, '--scenario', path);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toEqual([
      `error: ${path}:1:1: unknown key "evnts"; did you mean events?`,
      `error: ${path}:2:6: for: expected text such as 60s`,
      expect.stringContaining('vmtbench schema'),
    ]);
    expect(status).toBe(2);
  });

  it.each([
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe, 0x00), /it is not UTF-8/],
    ['a giant', `title: ${'x'.repeat(2_000_000)}`, /is too long/],
    [
      'an event for an interface that is not there',
      'events:\n  - at=1s guest.address vio0 10.0.0.5/24',
      /s\d+\.yaml:2: the machine has no interface vio0/,
    ],
  ])('%s: exit 2', async (_name, text, message) => {
    const { status, stderr } = await vmtbench('run', PATCHED, '--scenario', file(text));
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('the flags that say what a scenario says', () => {
  it.each([
    [['--machine', 'ram=5'], /a machine has no ram/],
    [['--machine', 'memory=much'], /memory cannot be "much"/],
    [['--machine', 'memory'], /"memory" is no machine word/],
    [['--machine', 'uuid=1'], /uuid cannot be "1"/],
    [['--interface', '1vio'], /"1vio" is no interface/],
    [['--interface', 'vio0 10.0.0.5'], /10\.0\.0\.5 is no address/],
    [['--budget', 'call=many'], /is no whole number/],
    [['--budget', 'calls=1'], /--budget has no key calls/],
    [['--expect', 'recover'], /is no expectation/],
    [['--event', 'at=1s guest.address'], /guest\.address names no interface/],
  ])('%j is unusable', async (words, message) => {
    const { status, stderr } = await vmtbench('run', PATCHED, ...words);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('schema', () => {
  it('prints the JSON schema of scenarios', async () => {
    const { status, stdout } = await vmtbench('schema');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { host: { properties: { session: {} } } } });
  });
});
