import { describe, expect, test } from 'vitest';
import { COMMANDS, HOST_KINDS, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import { COOKIE, Guest, MAGIC, OPEN, TCLO } from './guest.ts';

describe('qemu: a few commands, no messages', () => {
  const guest = new Guest({ options: { personality: 'qemu' } });
  const identity = guest.host.identity;

  test.each([
    ['GETVERSION', 0x0a, { eax: 6, ebx: MAGIC, ecx: 2 }],
    ['GETUUID', 0x13, { eax: 0x62744d56, ebx: 0x68636e65, ecx: 0x80, edx: 0x01000000 }],
    ['GETMEMSIZE in bytes', 0x14, { eax: identity.memoryMegabytes << 20, ebx: 0x1177 }],
    ['GETHZ', 0x2d, { eax: identity.tscHz, ebx: 0, ecx: identity.apicBusHz }],
    ['GET_VCPU_INFO', 0x44, { eax: 8 }],
    ['ABSPOINTER_STATUS', 0x28, { eax: 0xffff0000 }],
  ])('%s', (_name, number, answer) => {
    expect(guest.command(number, ~MAGIC)).toMatchObject(answer);
  });

  test('eight bits of ECX name the command', () => {
    expect(guest.command(0x120a).eax).toBe(6);
  });

  test('every other command is unknown, messages too', () => {
    const known = HOST_KINDS.qemu.commands.map(({ number }) => number);
    for (const { number } of COMMANDS.filter((row) => !known.includes(row.number))) {
      const frame = Frame.of({ eax: MAGIC, ecx: number, ebx: 1, edx: 0x5658 });
      guest.host.call(frame);
      expect([frame.eax, frame.ebx, frame.ecx]).toEqual([0xffffffff, 1, number]);
    }
    expect(guest.low(OPEN, null, TCLO + COOKIE).ecx).toBe(0x1e);
    expect(guest.host.report.tcloOpens).toBe(0);
  });

  test('has no port 0x5659', () => {
    expect([0x5658, 0x5659].map((port) => guest.host.owns(port))).toEqual([true, false]);
  });
});

test('none: no port, and no command', () => {
  const host = new VmwareHost({ options: { personality: 'none' } });
  expect([0x5658, 0x5659].map((port) => host.owns(port))).toEqual([false, false]);
  for (const { number } of COMMANDS) {
    const frame = Frame.of({ eax: MAGIC, ebx: 1, ecx: number, edx: 0x5658 });
    host.call(frame);
    expect([frame.eax, frame.ebx, frame.ecx]).toEqual([0xffffffff, 1, number]);
  }
});

test('vmware: both ports', () => {
  expect([0x5658, 0x5659].map((port) => new VmwareHost().owns(port))).toEqual([true, true]);
});
