import { describe, expect, test } from 'vitest';
import type { HostOptions } from '../../src/tclo-host/index.ts';
import { type PlannedFault, VmtModel } from './vmt-model.ts';

const REFUSED = 'vmware: sending length failed, eax=00000000, ecx=00000000';
const PING = 'vmt0: failed to send TCLO outgoing ping';
const RESETTING = 'vmt0: resetting rpc';
const CLOSE = 'vmware: close failed, eax=00000000, ecx=00000000';
const LENGTH = [
  'vmware: get length failed, eax=00000000, ecx=00000000',
  'vmt0: failed to get length of incoming TCLO data',
];
const SUSPENDING = 'VMware guest entering suspended state';
const RESUMING = 'VMware guest resuming from suspended state';
const CHECKPOINT = [
  'vmware: get data failed, ebx=00100000',
  'vmt0: failed to get rpci response data',
  'vmt0: unable to send state change result',
];

const repeat = (lines: readonly string[], times: number): string[] => Array.from({ length: times }, () => lines).flat();

function run(patched: boolean, options: Partial<HostOptions>, event?: string, faults: PlannedFault[] = []): VmtModel {
  const vmt = new VmtModel(patched, { options }, faults);
  const [name, text] = event?.split(' ') ?? [];
  const events = {
    5: () => {
      if (name === undefined) return;
      vmt.host.event({ name: name as 'reset', ...(text === undefined ? {} : { text }) });
    },
  };
  return vmt.run(60, events);
}

/** What a healthy driver's TCLO says last: the host pings, the driver answers. */
const isHealthy = (vmt: VmtModel): void => {
  const before = vmt.host.report.tcloReplies.length;
  const lines = vmt.console.length;
  vmt.run(vmt.now / 1e9 + 40);
  expect(vmt.host.report.tcloReplies.slice(before)).toContain('OK ');
  expect(vmt.console.slice(lines)).toEqual([]);
};

describe.each([
  ['unpatched', false],
  ['patched', true],
])('the %s driver', (_name, patched) => {
  test('S0: one reset, then silence', () => {
    const vmt = run(patched, { session: 'resetOnly' });
    expect(vmt.console).toEqual([]);
    expect(vmt.host.report.tcloOpens).toBe(1);
    expect(vmt.host.report.tcloReplies).toEqual(['OK ATR toolbox']);
  });

  test('the whole session', () => {
    const vmt = run(patched, {});
    expect(vmt.console).toEqual([]);
    expect(vmt.host.report.tcloReplies).toEqual([
      'OK ATR toolbox',
      'OK ',
      'ERROR Unable to find guest IP address',
      'OK ',
      ...repeat(['OK '], 3),
    ]);
    expect(vmt.host.report.rpciCommands).toEqual([
      'tools.capability.hgfs_server toolbox 1',
      'vmx.capability.unified_loop toolbox',
      'tools.capability.statechange ',
      'tools.set.version 2147483647',
      'tools.os.statechange.status 1 3',
    ]);
  });

  test('a quiet suspend: no error at all', () => {
    const vmt = run(patched, {}, 'suspend quiet');
    expect(vmt.console).toEqual([SUSPENDING, RESUMING]);
    expect(vmt.host.report.tcloOpens).toBe(1);
    isHealthy(vmt);
  });
});

describe('S1: the channel is dead until CLOSE', () => {
  test('unpatched: two lines a second for ever', () => {
    const vmt = run(false, {}, 'tclo.break');
    expect(vmt.console.length).toBeGreaterThan(2 * 50);
    expect(vmt.console).toEqual(repeat([REFUSED, PING], vmt.console.length / 2));
    expect(vmt.host.report.tcloOpens).toBe(1);
  });

  test('patched: once, then healthy on a second channel', () => {
    const vmt = run(true, {}, 'tclo.break');
    expect(vmt.console).toEqual([REFUSED, PING, RESETTING]);
    expect(vmt.host.report.tcloOpens).toBe(2);
    expect(vmt.host.report.channelsOpen).toBe(1);
    isHealthy(vmt);
  });

  test('S1b: when CLOSE is refused too, the patched one does not heal', () => {
    const vmt = run(true, { closeBroken: 'refuse' }, 'tclo.break');
    expect(vmt.console.length).toBeGreaterThan(4 * 50);
    expect(vmt.console).toEqual(repeat([REFUSED, PING, RESETTING, CLOSE], vmt.console.length / 4));
    expect(vmt.host.report.tcloOpens).toBe(1);
    const unpatched = run(false, { closeBroken: 'refuse' }, 'tclo.break');
    expect(unpatched.console).toEqual(run(false, {}, 'tclo.break').console);
  });
});

describe('S3: a refused ping, then "reset" on the same channel', () => {
  const options = { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' } as const;

  test('unpatched: the three lines for ever', () => {
    const vmt = run(false, options, 'tclo.glitch');
    const cycles = Math.floor(vmt.console.length / 3);
    expect(cycles).toBeGreaterThan(15);
    expect(vmt.console.slice(0, 3 * cycles)).toEqual(repeat([REFUSED, PING, RESETTING], cycles));
    expect(vmt.host.report.tcloOpens).toBeGreaterThan(15);
  });

  test('patched: one cycle', () => {
    const vmt = run(true, options, 'tclo.glitch');
    expect(vmt.console).toEqual([REFUSED, PING, RESETTING]);
    isHealthy(vmt);
  });

  test('unpatched, when the host carries the reset over the reopen: one cycle', () => {
    const vmt = run(false, { ...options, resetAcrossReopen: 'carry' }, 'tclo.glitch');
    expect(vmt.console).toEqual([REFUSED, PING, RESETTING]);
    isHealthy(vmt);
  });

  test('S3b: the unsolicited greeting kills the new channel', () => {
    const broken = { ...options, unsolicitedReply: 'break' } as const;
    const vmt = run(false, broken, 'tclo.glitch');
    expect(vmt.console.length).toBeGreaterThan(2 * 40);
    expect(vmt.console).toEqual([REFUSED, PING, RESETTING, ...repeat(LENGTH, (vmt.console.length - 3) / 2)]);
    const patched = run(true, broken, 'tclo.glitch');
    expect(patched.console).toEqual([REFUSED, PING, RESETTING]);
    isHealthy(patched);
  });
});

describe('S4: suspend, with a checkpoint while the report is unanswered', () => {
  test.each([
    ['unpatched', false],
    ['patched', true],
  ])('%s: five lines, then healthy', (_name, patched) => {
    const vmt = run(patched, { unsolicitedReply: 'accept' }, 'suspend');
    expect(vmt.console).toEqual([SUSPENDING, ...CHECKPOINT, RESETTING, RESUMING]);
    isHealthy(vmt);
  });

  test('the same where the host carries the reset and breaks on unsolicited replies', () => {
    const vmt = run(false, {}, 'suspend');
    expect(vmt.console).toEqual([SUSPENDING, ...CHECKPOINT, RESETTING, RESUMING]);
    isHealthy(vmt);
  });

  test('strict: every channel is lost', () => {
    const vmt = run(true, { checkpointMode: 'strict' }, 'suspend');
    expect(vmt.console.slice(0, 2)).toEqual([SUSPENDING, LENGTH[0]]);
    expect(vmt.console.at(-1)).toBe(RESUMING);
    isHealthy(vmt);
  });
});

test.each([
  ['unpatched', false, 1],
  ['patched', true, 0],
])(
  'S5: a checkpoint on the first RPCI answer fails the %s attach, which leaves %# channels',
  (_name, patched, left) => {
    const fault = { protocol: 'rpci', step: 'receive', nth: 1, fault: { kind: 'checkpoint' } } as const;
    const vmt = run(patched, {}, undefined, [fault]);
    expect(vmt.attached).toBe(false);
    expect(vmt.console).toEqual([
      'vmware: get data failed, ebx=00100000',
      'vmt0: failed to get rpci response data',
      ': failed to set HGFS server capability',
    ]);
    expect(vmt.host.report.channelsOpen).toBe(left);
  },
);

describe('S6: one checkpoint in the suspend, on the host of S3', () => {
  const options = { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' } as const;

  test('unpatched: the second log, then the first for ever', () => {
    const vmt = run(false, options, 'suspend');
    const start = [SUSPENDING, ...CHECKPOINT, RESETTING, RESUMING];
    expect(vmt.console.slice(0, start.length)).toEqual(start);
    const rest = vmt.console.slice(start.length);
    const cycles = Math.floor(rest.length / 3);
    expect(cycles).toBeGreaterThan(12);
    expect(rest.slice(0, 3 * cycles)).toEqual(repeat([REFUSED, PING, RESETTING], cycles));
  });

  test('patched: five lines, then healthy', () => {
    const vmt = run(true, options, 'suspend');
    expect(vmt.console).toEqual([SUSPENDING, ...CHECKPOINT, RESETTING, RESUMING]);
    isHealthy(vmt);
  });
});

test('addressError=break alone starts the failure in the unpatched driver', () => {
  const vmt = run(false, { addressError: 'break' });
  expect(vmt.host.report.tcloReplies.at(-1)).toBe('ERROR Unable to find guest IP address');
  expect(vmt.console.length).toBeGreaterThan(2 * 50);
  expect(vmt.console).toEqual(repeat([REFUSED, PING], vmt.console.length / 2));
});

test('addressError=break breaks the patched driver at every greeting: the three lines, on a new channel each time', () => {
  const vmt = run(true, { addressError: 'break' });
  const cycles = Math.floor(vmt.console.length / 3);
  expect(cycles).toBeGreaterThan(15);
  expect(vmt.console.slice(0, 3 * cycles)).toEqual(repeat([REFUSED, PING, RESETTING], cycles));
  expect(vmt.host.report.tcloOpens).toBeGreaterThan(15);
});
