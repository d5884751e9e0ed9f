import { describe, expect, test } from 'vitest';
import { COMMANDS, type OutputRegister, type RegisterFrame, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';

const NOW = 61_000_123_456_789;
const REGISTERS = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const;
const WIDE = { eax: 'rax', ebx: 'rbx', ecx: 'rcx', edx: 'rdx', esi: 'rsi', edi: 'rdi', ebp: 'rbp' } as const;

const identity = {
  productType: 2,
  hardwareVersion: 19,
  uuid: Uint8Array.from({ length: 16 }, (_, index) => index),
  memoryMegabytes: 2048,
  tscHz: 0x1_2345_6789,
  apicBusHz: 66_000_000,
  epochSeconds: 0x1_0000_0000,
  maxTimeLagMicroseconds: 777,
  timeZoneMinutes: 540,
  vcpuInfo: 0x0a,
};

/** Every register full of bits, so that an untouched one shows in its upper half too. */
function full(command: number): Frame {
  const frame = new Frame();
  for (const name of REGISTERS) frame[WIDE[name]] = 0xa5a5_5a5a_0000_0000n | BigInt(name.charCodeAt(1) * 0x01010101);
  frame.narrow[0] = 0x564d5868;
  frame.narrow[4] = command;
  return frame;
}

function changed(before: RegisterFrame, after: RegisterFrame): OutputRegister[] {
  return REGISTERS.filter((name) => before[WIDE[name]] !== after[WIDE[name]]) as OutputRegister[];
}

/** What each command answers, register by register; the message command has tests of its own. */
const ANSWERS: Readonly<Record<string, Partial<Record<OutputRegister, number>>>> = {
  GETMHZ: { eax: 4886 },
  GETVERSION: { eax: 6, ebx: 0x564d5868, ecx: 2 },
  GETHWVERSION: { eax: 19 },
  GETUUID: { eax: 0x03020100, ebx: 0x07060504, ecx: 0x0b0a0908, edx: 0x0f0e0d0c },
  GETMEMSIZE: { eax: 2048 },
  GETTIME: { eax: 61_000, ebx: 123_456, ecx: 777, edx: 540 },
  GETHZ: { eax: 0x23456789, ebx: 1, ecx: 66_000_000 },
  GETTIMEFULL: { eax: 0x564d5868, ebx: 123_456, ecx: 777, edx: 61_000, esi: 1 },
  GETTIMEFULL_WITH_LAG: { eax: 0x564d5868, ebx: 123_456, ecx: 777, edx: 61_000, esi: 1, edi: 0 },
  GET_VCPU_INFO: { eax: 0x0a },
};

describe('the command table', () => {
  test.each(COMMANDS.filter(({ name }) => name !== 'MESSAGE'))('$name', (row) => {
    const expected = ANSWERS[row.name];
    expect(Object.keys(expected ?? {}).sort()).toEqual([...row.outputs].sort());
    const host = new VmwareHost({ identity, now: () => NOW });
    const frame = full(row.number);
    const before = full(row.number);
    host.call(frame);
    for (const [name, value] of Object.entries(expected ?? {})) {
      expect([name, frame[WIDE[name as OutputRegister]]]).toEqual([name, BigInt(value)]);
    }
    for (const name of changed(before, frame)) expect(row.outputs).toContain(name);
  });

  test('has each number and each name once', () => {
    expect(new Set(COMMANDS.map(({ number }) => number)).size).toBe(COMMANDS.length);
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
  });

  test('an unknown number answers EAX = 0xFFFFFFFF and changes nothing else', () => {
    const known = new Set(COMMANDS.map(({ number }) => number));
    const host = new VmwareHost();
    for (const number of [...Array(256).keys(), 0x100, 0x11e, 0x10a, 0xffff].filter((n) => !known.has(n))) {
      const frame = full(number);
      const before = full(number);
      host.call(frame);
      expect(frame.rax).toBe(0xffffffffn);
      expect(changed(before, frame)).toEqual(['eax']);
    }
  });

  test('only the low half of ECX is the number', () => {
    const frame = full(0xffff000a);
    new VmwareHost().call(frame);
    expect(frame.eax).toBe(6);
  });

  test('the speed is never the magic', () => {
    const frame = full(1);
    new VmwareHost().call(frame);
    expect(frame.eax).not.toBe(0x564d5868);
  });
});
