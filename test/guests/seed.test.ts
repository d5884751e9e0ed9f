import { describe, expect, it } from 'vitest';
import { count, runJson } from '../support/cli.ts';

/** The failures of the twelve-year-old bug, as compiled drivers show them, by command line. */

const SEND_FAILED = 'vmware: sending length failed, eax=00000000, ecx=00000000';
const PING_FAILED = 'vmt0: failed to send TCLO outgoing ping';
const RESETTING = 'vmt0: resetting rpc';
const LENGTH_FAILED = 'vmt0: failed to get length of incoming TCLO data';
const CLOSE_FAILED = /^vmware: close failed/;
const SUSPEND_LINES = [
  'VMware guest entering suspended state',
  'vmware: get data failed, ebx=00100000',
  'vmt0: failed to get rpci response data',
  'vmt0: unable to send state change result',
  RESETTING,
  'VMware guest resuming from suspended state',
];
const RPCI_LOST = SUSPEND_LINES.slice(1, 3);

const BREAK = ['--event', 'at=5s tclo.break'];
const GLITCH = ['--event', 'at=5s tclo.glitch'];
const SUSPEND = ['--event', 'at=5s suspend'];
const glitchHost = (reply: string): string[] => [
  '--host',
  `unsolicitedReply=${reply}`,
  '--host',
  'resetAcrossReopen=drop',
];

const drivers = ['amd64', 'i386'].flatMap((machine) => [
  { machine, patched: false, object: `fixtures/kernels/vmt-unpatched-${machine}.o` },
  { machine, patched: true, object: `fixtures/kernels/vmt-patched-${machine}.o` },
]);

/** What the driver said after the line of its attachment. */
const errors = (console: readonly string[]): string[] => console.filter((line) => !line.startsWith('vmt0 at '));

describe.each(drivers)('$machine, patched: $patched', ({ object, patched }) => {
  const run = (...args: string[]) => runJson(object, '--kernel', 'openbsd', '--for', '60s', ...args);

  it('S0 healthy host: one open, one greeting, a ping a second, no error', async () => {
    const { console, host, ports, findings, status } = await run('--host', 'session=resetOnly');
    expect(errors(console)).toEqual([]);
    expect(findings).toEqual([]);
    expect(status).toBe(0);
    expect(host.tcloOpens).toBe(1);
    expect(host.tcloReplies).toEqual(['OK ATR toolbox']);
    // An empty send and a poll each second are 120 accesses of 60 s.
    expect(ports.accesses).toBeGreaterThan(120);
  });

  it('S1 a dead channel: two lines a second for ever, or one cycle', async () => {
    const { console, host, findings, status } = await run(...BREAK);
    const sends = count(console, SEND_FAILED);
    expect(count(console, PING_FAILED)).toBe(sends);
    if (patched) {
      expect(errors(console)).toEqual([SEND_FAILED, PING_FAILED, RESETTING]);
      expect(host.tcloOpens).toBe(2);
      expect(host.tcloReplies.filter((reply) => reply === 'OK ATR toolbox')).toHaveLength(2);
      expect([findings, status]).toEqual([[], 0]);
    } else {
      expect(sends).toBeGreaterThan(50);
      expect(count(console, RESETTING)).toBe(0);
      expect(host.tcloOpens).toBe(1);
      expect(findings.map(({ invariant }) => invariant)).toEqual(['recovers', 'quiet']);
      expect(status).toBe(1);
    }
  });

  it('S1b CLOSE of the dead channel is refused too: nobody heals', async () => {
    const { console, host, findings } = await run(...BREAK, '--host', 'closeBroken=refuse');
    expect(host.tcloOpens).toBe(1);
    expect(findings.map(({ invariant }) => invariant)).toEqual(['recovers', 'quiet']);
    const closes = console.filter((line) => CLOSE_FAILED.test(line)).length;
    if (!patched) expect(closes).toBe(0);
    else {
      // Four lines a second.
      expect(closes).toBeGreaterThan(50);
      for (const line of [SEND_FAILED, PING_FAILED, RESETTING])
        expect(Math.abs(count(console, line) - closes)).toBeLessThan(2);
    }
  });

  it('S3 one refused ping, and greetings that count as the same: three lines for ever, or one cycle', async ({
    expect,
  }) => {
    const { console, host, findings } = await run(...GLITCH, ...glitchHost('glitch'));
    const lines = errors(console);
    if (patched) {
      expect(lines).toEqual([SEND_FAILED, PING_FAILED, RESETTING]);
      expect([findings, host.tcloOpens]).toEqual([[], 2]);
    } else {
      expect(lines.length).toBeGreaterThan(50);
      expect(lines).toEqual(lines.map((_, i) => [SEND_FAILED, PING_FAILED, RESETTING][i % 3]));
      expect(host.tcloOpens).toBeGreaterThan(15);
      expect(findings.map(({ invariant }) => invariant)).toContain('recovers');
    }
  });

  it('S3b the greeting kills the new channel: its length is never told, or one cycle', async () => {
    const { console, host, findings } = await run(...GLITCH, ...glitchHost('break'));
    if (patched) {
      expect(errors(console)).toEqual([SEND_FAILED, PING_FAILED, RESETTING]);
      expect([findings, host.tcloOpens]).toEqual([[], 2]);
    } else {
      expect(count(console, LENGTH_FAILED)).toBeGreaterThan(0);
      expect(errors(console).slice(0, 3)).toEqual([SEND_FAILED, PING_FAILED, RESETTING]);
      expect(findings.map(({ invariant }) => invariant)).toContain('recovers');
    }
  });

  it('S4 a checkpoint under the answer to the state change: the second log, patched or not', async () => {
    const { console, findings } = await run(...SUSPEND, '--host', 'unsolicitedReply=accept');
    expect(errors(console)).toEqual(SUSPEND_LINES);
    expect(findings).toEqual([]);
  });

  it('S4 control: a quiet suspend loses nothing', async () => {
    const { console, host } = await run('--event', 'at=5s suspend quiet', '--host', 'unsolicitedReply=accept');
    expect(errors(console)).toEqual([SUSPEND_LINES[0], SUSPEND_LINES[5]]);
    expect(host.rpciCommands).toContain('tools.os.statechange.status 1 5');
  });

  it('S5 a checkpoint on the first RPCI answer: the attach fails, and only the unpatched one leaks', async ({
    expect,
  }) => {
    const { console, host, findings } = await run('--fault', 'rpci.receive nth=1 checkpoint');
    expect(errors(console)).toEqual([...RPCI_LOST, ': failed to set HGFS server capability']);
    expect(host.channelsOpen).toBe(patched ? 0 : 1);
    expect(findings.map(({ invariant }) => invariant)).toEqual(['recovers']);
  });

  it('S6 one checkpoint starts the first bug in the unpatched driver', async () => {
    const { console, findings } = await run(...SUSPEND, ...glitchHost('glitch'));
    const lines = errors(console);
    if (patched) {
      expect(lines).toEqual(SUSPEND_LINES);
      expect(findings).toEqual([]);
    } else {
      expect(lines.slice(0, 5)).toEqual(SUSPEND_LINES.slice(0, 5));
      expect(count(lines, SEND_FAILED)).toBeGreaterThan(10);
      expect(count(lines, RESETTING)).toBeGreaterThan(10);
      expect(findings.map(({ invariant }) => invariant)).toContain('recovers');
    }
  });

  it('addressError=break alone starts it: no event, no fault', async () => {
    const { console, host } = await run('--host', 'addressError=break');
    expect(host.tcloReplies).toContain('ERROR Unable to find guest IP address');
    if (!patched) {
      expect(count(console, SEND_FAILED)).toBeGreaterThan(50);
      expect(count(console, PING_FAILED)).toBe(count(console, SEND_FAILED));
      expect(host.tcloOpens).toBe(1);
    } else expect(host.tcloOpens).toBeGreaterThan(1);
  });
});

describe('the command of the seed', () => {
  it.each(['amd64', 'i386'])(
    '%s, 30 s: twenty lines and one open; patched, one line and two opens',
    async (machine) => {
      const args = ['--kernel', 'openbsd', '--for', '30s', ...BREAK];
      const before = await runJson(`fixtures/kernels/vmt-unpatched-${machine}.o`, ...args);
      expect(count(before.console, SEND_FAILED)).toBeGreaterThanOrEqual(20);
      expect(before.host.tcloOpens).toBe(1);
      const after = await runJson(`fixtures/kernels/vmt-patched-${machine}.o`, ...args);
      expect(count(after.console, SEND_FAILED)).toBe(1);
      expect(count(after.console, RESETTING)).toBe(1);
      expect(after.host.tcloOpens).toBe(2);
      // Greeting, capabilities, address, power, and the ping that follows: all on the second channel.
      expect(after.host.tcloReplies.slice(-1)).toEqual(['OK ']);
      expect(after.host.tcloReplies.filter((reply) => reply === 'OK ').length).toBeGreaterThanOrEqual(4);
    },
  );

  it('S1 to S6 print the same on both machines', async () => {
    for (const which of ['unpatched', 'patched']) {
      const consoles = await Promise.all(
        ['amd64', 'i386'].map(
          async (machine) =>
            (await runJson(`fixtures/kernels/vmt-${which}-${machine}.o`, '--for', '40s', ...BREAK)).console,
        ),
      );
      expect(consoles[0]).toEqual(consoles[1]);
    }
  });
});

describe.each(['amd64', 'i386'])('without its debug lines, %s', (machine) => {
  it('the driver dies in silence, access for access as with them', async () => {
    const args = ['--kernel', 'openbsd', '--for', '60s', ...BREAK];
    const [loud, quiet] = await Promise.all([
      runJson(`fixtures/kernels/vmt-unpatched-${machine}.o`, ...args),
      runJson(`fixtures/kernels/vmt-unpatched-quiet-${machine}.o`, ...args),
    ]);
    expect(errors(quiet.console)).toEqual([]);
    expect(quiet.findings.map(({ invariant }) => invariant)).toEqual(['recovers']);
    expect([quiet.ports, quiet.host]).toEqual([loud.ports, loud.host]);
  });
});
