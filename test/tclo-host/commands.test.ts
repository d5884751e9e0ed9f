import { describe, expect, test } from 'vitest';
import type { OutputRegister, RegisterFrame } from '../../src/protocol/index.ts';
import { COMMANDS, VmwareHost } from '../../src/tclo-host/index.ts';
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
  buildNumber: 1234,
  screenWidth: 800,
  screenHeight: 600,
  devices: [{ name: 'ide1:0', connected: true }],
  stealClock: true,
};

/** EBX where the command's answer depends on it; others find it full of bits. */
const ARGUMENTS: Readonly<Record<string, number>> = {
  GETDEVICELISTELEMENT: 36,
  TOGGLEDEVICE: 0x80000000,
  ABSPOINTER_DATA: 7,
  ABSPOINTER_COMMAND: 0xf5,
  ABSPOINTER_RESTRICT: 0,
};

/** Every register full of bits, so that an untouched one shows in its upper half too. */
function full(command: number, ebx?: number): Frame {
  const frame = new Frame();
  for (const name of REGISTERS) frame[WIDE[name]] = 0xa5a5_5a5a_0000_0000n | BigInt(name.charCodeAt(1) * 0x01010101);
  frame.narrow[0] = 0x564d5868;
  frame.narrow[4] = command;
  if (ebx !== undefined) frame.narrow[2] = ebx;
  return frame;
}

function changed(before: RegisterFrame, after: RegisterFrame): OutputRegister[] {
  return REGISTERS.filter((name) => before[WIDE[name]] !== after[WIDE[name]]) as OutputRegister[];
}

/**
 * What each command answers on a fresh host, register by register. The message command, and what the pointer, the
 * selections and the mouse keep, have tests of their own.
 */
const ANSWERS: Readonly<Record<string, Partial<Record<OutputRegister, number>>>> = {
  GETMHZ: { eax: 4886 },
  APMFUNCTION: { eax: 0xffffffff },
  GETDISKGEO: { eax: 0xffffffff },
  GETPTRLOCATION: { eax: 0xff9bff9b },
  SETPTRLOCATION: {},
  GETSELLENGTH: { eax: 0xffffffff },
  GETNEXTPIECE: { eax: 0 },
  SETSELLENGTH: {},
  SETNEXTPIECE: {},
  GETDEVICELISTELEMENT: { eax: 1, ebx: 1 },
  TOGGLEDEVICE: { eax: 1 },
  GETGUIOPTIONS: { eax: 0x13 },
  SETGUIOPTIONS: {},
  GETSCREENSIZE: { eax: 0x03200258 },
  OSNOTFOUND: {},
  STOPCATCHUP: {},
  ISACPIDISABLED: { eax: 0 },
  ISMOUSEABSOLUTE: { eax: 0 },
  ABSPOINTER_STATUS: { eax: 0xffff0000 },
  NESTING_CONTROL: { eax: 0 },
  MKS_GUEST_STATS: {},
  STEALCLOCK: { eax: 1 },
  // (0x100000000 s, as ns) + NOW
  PRECISIONCLOCK: { eax: 0, ebx: 0x3b9b017a, ecx: 0xb2b09d15 },
  GETBUILDNUM: { eax: 1234 },
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

/** Commands that may answer in more registers, or in none, by the state of the mouse. */
const BY_STATE = ['ABSPOINTER_DATA', 'ABSPOINTER_COMMAND', 'ABSPOINTER_RESTRICT'];

describe('the command table', () => {
  test.each(COMMANDS.filter(({ name }) => name !== 'MESSAGE'))('$name', (row) => {
    const expected = ANSWERS[row.name];
    expect(expected !== undefined || BY_STATE.includes(row.name), `ANSWERS has a row for ${row.name}`).toBe(true);
    if (!BY_STATE.includes(row.name)) expect(Object.keys(expected ?? {}).sort()).toEqual([...row.outputs].sort());
    const host = new VmwareHost({ identity, now: () => NOW });
    const frame = full(row.number, ARGUMENTS[row.name]);
    const before = full(row.number, ARGUMENTS[row.name]);
    host.call(frame);
    for (const [name, value] of Object.entries(expected ?? {})) {
      expect([name, frame[WIDE[name as OutputRegister]]]).toEqual([name, BigInt(value)]);
    }
    for (const name of changed(before, frame)) expect(Object.keys(expected ?? {})).toContain(name);
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

  test.each(COMMANDS.filter(({ ring0 }) => ring0 === true))('$name is unknown to every ring but 0', ({ number }) => {
    for (const ring of [1, 2, 3]) {
      const host = new VmwareHost({ identity, options: { ring } });
      const [frame, before] = [full(number, 0), full(number, 0)];
      host.call(frame);
      expect([frame.eax, changed(before, frame)]).toEqual([0xffffffff, ['eax']]);
    }
  });

  test.each([
    ['0 restrict', 0, 0],
    ['1 open', 1, 1],
    ['2 query: at least 2 and not all ones says that it is there', 2, 2],
    ['another', 3, 0xffffffff],
  ])('NESTING_CONTROL %s', (_name, sub, eax) => {
    const frame = full(0x3f + sub * 0x10000);
    new VmwareHost().call(frame);
    expect(frame.eax).toBe(eax);
  });

  test.each([
    ['switched on', true, 0x1000, 1],
    ['switched off by the low bit', true, 1, 0],
    ['not available', false, 0x1000, 0xffffffff],
  ])('STEALCLOCK %s', (_name, stealClock, edi, eax) => {
    const frame = full(0x5b);
    frame.edi = edi;
    new VmwareHost({ identity: { stealClock } }).call(frame);
    expect(frame.eax).toBe(eax);
  });

  test('PRECISIONCLOCK fails for sub commands other than get', () => {
    const [frame, before] = [full(0x61 + 0x10000), full(0x61 + 0x10000)];
    new VmwareHost().call(frame);
    expect([frame.eax, changed(before, frame)]).toEqual([0xffffffff, ['eax']]);
  });

  test('OSNOTFOUND is logged', () => {
    const host = new VmwareHost();
    host.call(full(0x12));
    expect(host.log.at(-1)).toMatch(/No operating system was found/);
  });
});
