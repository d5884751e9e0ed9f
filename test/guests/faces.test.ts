import { describe, expect, it } from 'vitest';
import { count, type RunJson, runJson } from '../support/cli.ts';

/** The seed's failures on the faces that the driver has for NetBSD and FreeBSD, by command line. */

interface Face {
  readonly kernel: string;
  /** What the kernel and the driver say while they attach. */
  readonly greeting: readonly string[];
  readonly who: string;
  /** How a register is printed. */
  readonly zero: string;
  readonly checkpoint: string;
  readonly resuming: string;
  readonly attachFailed: readonly string[];
  /** Which objects there are beside the patched one. */
  readonly unpatched: readonly string[];
  /** FreeBSD's never answers broadcastIP: its session must do without it. */
  readonly options: readonly string[];
}

const faces: readonly Face[] = [
  {
    kernel: 'netbsd',
    greeting: ['vmt0 at cpu0', 'vmt0: UUID: 564d7462-656e-6368-8000-000000000001'],
    who: 'vmware',
    zero: '0',
    checkpoint: '0x100000',
    resuming: 'vmt0: guest resuming from suspended state',
    attachFailed: ['vmt0: failed to set HGFS server capability'],
    unpatched: ['unpatched', 'subr'],
    options: [],
  },
  {
    kernel: 'freebsd',
    greeting: ['vmt0: <VMware Tools Device> on nexus0'],
    who: 'vmt',
    zero: '00000000',
    checkpoint: '00100000',
    resuming: 'VMware guest resuming from suspended state',
    attachFailed: ['vmt0: failed to set HGFS server capability', 'device_attach: vmt0 attach returned 5'],
    unpatched: ['unpatched'],
    options: ['--host', 'session=resetOnly'],
  },
];

const PING_FAILED = 'vmt0: failed to send TCLO outgoing ping';
const RESETTING = 'vmt0: resetting rpc';
const BREAK = ['--event', 'at=5s tclo.break'];
const GLITCH = ['--event', 'at=5s tclo.glitch'];
const SUSPEND = ['--event', 'at=5s suspend'];
const answering = (reply: string): string[] => ['--host', `unsolicitedReply=${reply}`];
const DROP = ['--host', 'resetAcrossReopen=drop'];
const rules = ({ findings }: RunJson): (string | undefined)[] => findings.map(({ invariant }) => invariant);

const drivers = faces.flatMap((face) =>
  ['amd64', 'i386'].flatMap((machine) =>
    [...face.unpatched, 'patched'].map((build) => ({ ...face, machine, build, patched: build === 'patched' })),
  ),
);

describe.each(drivers)('vmt-$kernel-$build-$machine.o', (face) => {
  const { kernel, machine, build, patched, who, zero } = face;
  const SEND_FAILED = `${who}: sending length failed, eax=${zero}, ecx=${zero}`;
  const LENGTH_FAILED = `${who}: get length failed, eax=${zero}, ecx=${zero}`;
  const LOST = [`${who}: get data failed, ebx=${face.checkpoint}`, 'vmt0: failed to get rpci response data'];
  const SUSPENDED = [
    'VMware guest entering suspended state',
    ...LOST,
    'vmt0: unable to send state change result',
    RESETTING,
    face.resuming,
  ];

  /** A run whose kernel is guessed; its console without what the attach says. */
  const run = async (...args: string[]): Promise<RunJson & { status: number; errors: string[] }> => {
    const object = `fixtures/kernels/vmt-${kernel}-${build}-${machine}.o`;
    const report = await runJson(object, '--for', '60s', ...face.options, ...args);
    expect(report.console.slice(0, face.greeting.length)).toEqual(face.greeting);
    return { ...report, errors: report.console.slice(face.greeting.length) };
  };

  it('S0 healthy host: one open, one greeting, a ping a second, no error', async () => {
    const { errors, host, ports, findings, status } = await run('--host', 'session=resetOnly');
    expect([errors, findings, status]).toEqual([[], [], 0]);
    expect([host.tcloOpens, host.tcloReplies]).toEqual([1, ['OK ATR toolbox']]);
    expect(ports.accesses).toBeGreaterThan(110);
  });

  it('S1 a dead channel: two lines a second for ever, or one cycle', async () => {
    const report = await run(...BREAK);
    const sends = count(report.errors, SEND_FAILED);
    if (patched) {
      expect(report.errors).toEqual([SEND_FAILED, PING_FAILED, RESETTING]);
      expect([report.host.tcloOpens, report.findings, report.status]).toEqual([2, [], 0]);
    } else {
      expect(sends).toBeGreaterThan(50);
      expect(report.errors).toEqual(report.errors.map((_, i) => [SEND_FAILED, PING_FAILED][i % 2]));
      expect([report.host.tcloOpens, rules(report), report.status]).toEqual([1, ['recovers', 'quiet'], 1]);
    }
  });

  it('S1b CLOSE of the dead channel is refused too: nobody heals', async () => {
    const report = await run(...BREAK, '--host', 'closeBroken=refuse');
    const closes = count(report.errors, `${who}: close failed, eax=${zero}, ecx=${zero}`);
    expect([report.host.tcloOpens, rules(report)]).toEqual([1, ['recovers', 'quiet']]);
    if (patched) expect(closes).toBeGreaterThan(50);
    else expect(closes).toBe(0);
  });

  it('S3 one refused ping, and greetings that count as the same: three lines for ever, or one cycle', async () => {
    const report = await run(...GLITCH, ...answering('glitch'), ...DROP);
    const cycle = [SEND_FAILED, PING_FAILED, RESETTING];
    if (patched) expect([report.errors, rules(report), report.host.tcloOpens]).toEqual([cycle, [], 2]);
    else {
      expect(report.errors.length).toBeGreaterThan(50);
      expect(report.errors).toEqual(report.errors.map((_, i) => cycle[i % 3]));
      expect(rules(report)).toContain('recovers');
    }
  });

  it('S3b the greeting kills the new channel: no length is ever told, or one cycle', async () => {
    const report = await run(...GLITCH, ...answering('break'), ...DROP);
    expect(report.errors.slice(0, 3)).toEqual([SEND_FAILED, PING_FAILED, RESETTING]);
    if (patched) expect([report.errors.length, rules(report)]).toEqual([3, []]);
    else {
      // FreeBSD's second tick begins with a ping again, the others' goes on with the poll.
      const later = report.errors.slice(3);
      expect(count(later, LENGTH_FAILED) + count(later, SEND_FAILED)).toBeGreaterThan(40);
      expect(rules(report)).toContain('recovers');
    }
  });

  it('S4 a checkpoint under the answer to the state change: the second log, patched or not', async () => {
    const report = await run(...SUSPEND, ...answering('accept'));
    expect([report.errors, report.findings]).toEqual([SUSPENDED, []]);
  });

  it('S4 control: a quiet suspend loses nothing', async () => {
    const { errors, host } = await run('--event', 'at=5s suspend quiet', ...answering('accept'));
    expect(errors).toEqual([SUSPENDED[0], face.resuming]);
    expect(host.rpciCommands).toContain('tools.os.statechange.status 1 5');
  });

  it('S5 a checkpoint on the first RPCI answer: the attach fails, and only the unpatched one leaks', async () => {
    const report = await run('--fault', 'rpci.receive nth=1 checkpoint');
    expect(report.errors).toEqual([...LOST, ...face.attachFailed]);
    expect([report.host.channelsOpen, rules(report)]).toEqual([patched ? 0 : 1, ['recovers']]);
  });

  it('S6 one checkpoint starts the first bug in the unpatched driver', async () => {
    const report = await run(...SUSPEND, ...answering('glitch'), ...DROP);
    expect(report.errors.slice(0, 5)).toEqual(SUSPENDED.slice(0, 5));
    if (patched) expect([report.errors, report.findings]).toEqual([SUSPENDED, []]);
    else {
      expect(count(report.errors, SEND_FAILED)).toBeGreaterThan(10);
      expect(count(report.errors, RESETTING)).toBeGreaterThan(10);
      expect(rules(report)).toContain('recovers');
    }
  });
});

describe('whole sessions', () => {
  it.each(['amd64', 'i386'])('NetBSD on %s answers the host and takes its clock over', async (machine) => {
    const { host, findings } = await runJson(`fixtures/kernels/vmt-netbsd-unpatched-${machine}.o`, '--for', '60s');
    expect(findings).toEqual([]);
    const arch = machine === 'amd64' ? 'x86_64' : 'i386';
    expect(host.rpciCommands).toEqual(
      expect.arrayContaining([
        'SetGuestInfo  1 toaster.example.org',
        `SetGuestInfo  5 NetBSD 10.0 ${arch}`,
        `SetGuestInfo  6 ${machine === 'amd64' ? 'other-64' : 'other'}`,
        'SetGuestInfo  7 100',
        'SetGuestInfo  7 1600',
        'tools.set.version 2147483647',
      ]),
    );
    expect(host.tcloReplies).toContain('ERROR Unable to find guest IP address');
  });

  it.each(['amd64', 'i386'])('NetBSD on %s that retries makes the same access each clock tick', async (machine) => {
    const object = `fixtures/kernels/vmt-netbsd-retrying-${machine}.o`;
    const report = await runJson(object, '--for', '12s', '--event', 'at=2s tclo.break');
    expect(count(report.console, 'vmt0: failed to send TCLO outgoing ping')).toBeGreaterThan(900);
    expect(count(report.console, 'vmware: sending length failed, eax=0, ecx=0')).toBeGreaterThan(900);
    expect(report.ports.accesses).toBeLessThan(1200);
    expect(report.findings.map(({ invariant }) => invariant)).toContain('quiet');
  });

  it.each(['unpatched', 'patched'])(
    'FreeBSD, %s: an option that is never answered ends each session',
    async (build) => {
      const object = `fixtures/kernels/vmt-freebsd-${build}-amd64.o`;
      const report = await runJson(object, '--for', '4m');
      expect(report.host.rpciCommands).toContain('SetGuestInfo  5 FreeBSD 14.1-RELEASE FreeBSD 14.1-RELEASE GENERIC\n');
      expect(rules(report)).toContain('recovers');
      expect(report.host.tcloOpens).toBe(build === 'patched' ? 4 : 1);
      expect(report.host.tcloReplies).not.toContain('ERROR Unable to find guest IP address');
    },
  );
});
