import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/judge/index.ts';
import { judge, type Ordeal } from './judge.ts';

/** The rule `noLostEvent`, over compiled drivers. */

const machines = ['amd64', 'i386'] as const;

const lost = (driver: string, ordeal: Ordeal): Finding[] =>
  judge(driver, ordeal, ['noLostEvent']).findings.filter(({ invariant }) => invariant === 'noLostEvent');

const titles = (driver: string, ordeal: Ordeal): string[] => lost(driver, ordeal).map(({ title }) => title);

const GLITCHING = { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' } as const;
const UNASKED = 'the guest answers without a request: "OK ATR toolbox"';
const SUSPEND_LOST = 'the report of OS_Suspend is lost';
const RESET_CLOSED = 'the guest closes a channel with a request unanswered: "reset"';

describe.each(machines)('the failures of the twelve-year-old bug, %s', (machine) => {
  it.each<[string, Ordeal, unpatched: string[], patched: string[]]>([
    ['S0 a healthy host', { host: { session: 'resetOnly' } }, [], []],
    ['S1 a dead channel', { events: ['at=5s tclo.break'] }, [], []],
    [
      'S1b a dead channel that cannot be closed',
      { events: ['at=5s tclo.break'], host: { closeBroken: 'refuse' } },
      [],
      [],
    ],
    ['S3 a refused ping', { events: ['at=5s tclo.glitch'], host: GLITCHING }, [UNASKED], []],
    [
      'S3b a refused ping, and greetings that kill',
      { events: ['at=5s tclo.glitch'], host: { ...GLITCHING, unsolicitedReply: 'break' } },
      [UNASKED],
      [],
    ],
    [
      'S4 a checkpoint under the answer to the report',
      { events: ['at=5s suspend'], host: { unsolicitedReply: 'accept' } },
      [SUSPEND_LOST],
      [SUSPEND_LOST],
    ],
    ['S4 without the checkpoint', { events: ['at=5s suspend quiet'], host: { unsolicitedReply: 'accept' } }, [], []],
    ['S5 a checkpoint in the attach, which then fails', { faults: ['rpci.receive nth=1 checkpoint'] }, [], []],
    [
      'S6 one checkpoint before a glitching host',
      { events: ['at=5s suspend'], host: GLITCHING },
      [SUSPEND_LOST, RESET_CLOSED, UNASKED],
      [SUSPEND_LOST],
    ],
  ])('%s', (_, ordeal, unpatched, patched) => {
    expect(titles(`vmt-unpatched-${machine}`, ordeal)).toEqual(unpatched);
    expect(titles(`vmt-patched-${machine}`, ordeal)).toEqual(patched);
  });

  it.each(['unpatched', 'patched'])('the lost report in the words of the protocol, %s', (which) => {
    const [finding] = lost(`vmt-${which}-${machine}`, { events: ['at=5s suspend'] });
    expect(finding?.explanation).toBe(
      'The host set the checkpoint bit at the payload of `tools.os.statechange.status 1 5`; the driver did not receive again: it never learned whether the host took its report.',
    );
    expect(finding).toMatchObject({ function: 'vm_rpc_get_data', line: 'vmt_rpc.c:185' });
    expect(finding?.lastAccesses.at(-1)).toContain('rpci.receive #1 "tools.os.statechange.status 1 5": checkpoint');
    expect(finding?.repeat).toContain('--invariant noLostEvent');
  });
});

it.each(machines)('the driver without its debug lines says nothing, and loses the same, %s', (machine) => {
  const quiet = judge(`vmt-unpatched-quiet-${machine}`, { events: ['at=5s suspend'], host: GLITCHING }, [
    'noLostEvent',
  ]);
  expect(quiet.findings.flatMap(({ invariant, title }) => (invariant === 'noLostEvent' ? [title] : []))).toEqual([
    SUSPEND_LOST,
    RESET_CLOSED,
    UNASKED,
  ]);
});

const FACES = ['vmt', 'vmt-netbsd', 'vmt-freebsd'];
const DRIVERS = FACES.flatMap((face) =>
  machines.flatMap((machine) => ['patched', 'unpatched'].map((which) => `${face}-${which}-${machine}`)),
);

describe.each(DRIVERS)('%s loses nothing', (driver) => {
  // FreeBSD's never answers broadcastIP, which the whole session has in it.
  const host = driver.includes('freebsd') ? ({ session: 'resetOnly' } as const) : {};

  it.each([
    ['left alone', []],
    ['suspended without a checkpoint', ['at=5s suspend quiet']],
    ['halted', ['at=5s halt']],
    ['rebooted', ['at=5s reboot']],
    ['backed up', ['at=5s backup', 'at=20s backup abort']],
    ['asked for its capabilities', ['at=5s capabilities', 'at=9s powerOn', 'at=12s ping']],
    ['asked what it does not know', ['at=5s tclo.send nobody knows this one']],
    ['moved', ['at=5s migrate', 'at=20s checkpoint']],
    ['with its channel broken', ['at=5s tclo.break', 'at=5.5s powerOn', 'at=15s host.reinit']],
  ])('%s', (_, events) => {
    expect(titles(driver, { host, events })).toEqual([]);
  });

  it('but the report that a checkpoint hits', () => {
    expect(titles(driver, { host, events: ['at=5s suspend'] })).toEqual([SUSPEND_LOST]);
  });

  it('where a checkpoint breaks every channel: the request goes with it', () => {
    expect(titles(driver, { host: { ...host, checkpointMode: 'strict' }, events: ['at=5s suspend'] })).toEqual([]);
  });
});

describe('what a broken answer leaves', () => {
  it.each(machines)('FreeBSD never answers broadcastIP, %s', (machine) => {
    const findings = lost(`vmt-freebsd-patched-${machine}`, {});
    expect(findings.map(({ title }) => title)).toEqual([
      'the guest never answers a request: "Set_Option broadcastIP 1"',
    ]);
    expect(findings[0]?.explanation).toMatch(
      /^The host offered it at 2\.\d+s; until 60\.\d+s it was fetched at 3\.\d+s and not answered\.$/,
    );
  });

  it('a report that every host would have taken is asked for at a shutdown, too', () => {
    const ordeal = {
      events: ['at=5s halt'],
      faults: ['rpci.receive command="tools.os.statechange.status" nth=2 refuse'],
    };
    expect(titles('vmt-patched-amd64', ordeal)).toEqual(['the report of OS_Halt is lost']);
  });

  it('a report is undecided while its 30 s last', () => {
    const { findings, notes } = judge('vmt-patched-amd64', { for: '20s', events: ['at=5s suspend'] }, ['noLostEvent']);
    expect(findings).toEqual([]);
    expect(notes).toContain('noLostEvent is undecided: the guest has 30 s to report OS_Suspend');
  });
});

/** One fault at the how many-th OS_PowerOn or its report, and what the patched driver loses by it. */
const POWER_ON = 'the report of OS_PowerOn is lost';
const STATUS = 'command="tools.os.statechange.status"';
const ON = 'command="OS_PowerOn"';

describe.each(machines)('one fault, patched, %s', (machine) => {
  const driver = `vmt-patched-${machine}`;

  it.each([
    // Of the report.
    [`rpci.send ${STATUS} refuse`, [POWER_ON]],
    [`rpci.send ${STATUS} checkpoint`, [POWER_ON]],
    [`rpci.send ${STATUS} noHighBandwidth`, [POWER_ON]],
    [`rpci.send ${STATUS} garbageRegisters`, [POWER_ON]],
    [`rpci.send ${STATUS} corrupt`, []],
    [`rpci.send ${STATUS} truncate`, []],
    [`rpci.recvsize ${STATUS} stall`, [POWER_ON]],
    [`rpci.recvsize ${STATUS} wrongLength`, []],
    [`rpci.receive ${STATUS} closed`, [POWER_ON]],
    [`rpci.receive ${STATUS} unsent`, [POWER_ON]],
    [`rpci.receive ${STATUS} corrupt`, []],
    [`rpci.status ${STATUS} checkpoint`, [POWER_ON]],
    [`rpci.status ${STATUS} break`, [POWER_ON]],
    [`rpci.close ${STATUS} refuse`, []],
    // Of the request.
    [`tclo.receive ${ON} corrupt`, []],
    [`tclo.receive ${ON} truncate`, []],
    [`tclo.receive ${ON} unsent`, []],
    [`tclo.receive ${ON} checkpoint`, []],
    [`tclo.status ${ON} unsent`, []],
    [`tclo.status ${ON} timeout`, []],
    [`tclo.status ${ON} garbageRegisters`, []],
    [`tclo.status ${ON} checkpoint`, ['the guest answers without a request: "OK "']],
    [`tclo.send ${ON} refuse`, []],
    [`tclo.send ${ON} break`, []],
    [`tclo.send ${ON} corrupt`, []],
    [`tclo.send ${ON} garbageRegisters`, []],
    [`tclo.send ${ON} checkpoint`, ['the guest closes a channel with a request unanswered: "OS_PowerOn"']],
  ])('%s', (fault, expected) => {
    // An event's request: the host still has it when its channel goes before it was fetched.
    const [step, ...rest] = fault.split(' ');
    const ordeal = { events: ['at=5s powerOn'], faults: [`${step} from=4s ${rest.join(' ')}`] };
    const { findings, notes } = judge(driver, ordeal, ['noLostEvent']);
    const lostEvents = findings.filter(({ invariant }) => invariant === 'noLostEvent');
    expect(lostEvents.map(({ title }) => title)).toEqual(expected);
    expect(notes.filter((note) => note.includes('never'))).toEqual([]);
  });
});
