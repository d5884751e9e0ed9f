import { describe, expect, it } from 'vitest';
import { PortBus } from '../../src/ports/index.ts';
import { BDOOR_CMD_MESSAGE, BDOOR_MAGIC, BDOOR_PORT, BDOORHB_PORT } from '../../src/protocol/index.ts';
import { BackdoorDevice, VmwareHost } from '../../src/tclo-host/index.ts';
import { type AccessRecord, TraceRecorder, TraceWriter } from '../../src/trace/index.ts';
import { DATA, machine, start } from '../support/machine.ts';
import { joined, read, SUBJECT, TracedGuest } from './support.ts';

const accesses = (guest: TracedGuest): AccessRecord[] =>
  guest.records.filter((record): record is AccessRecord => record.kind === 'access');
const channels = (guest: TracedGuest): (number | null)[] => accesses(guest).map((record) => record.channel);

describe('the channel of a record', () => {
  it('is the one that OPEN gave, and then the one that the guest names', () => {
    const guest = new TracedGuest();
    guest.open('tclo');
    const channel = guest.open('rpci');
    guest.send(channel, 'log x');
    guest.receive(channel);
    guest.step('close', channel);
    guest.step('close', 77);
    expect(channel).toBe(1);
    expect(channels(guest)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 77]);
  });

  it('is null where OPEN was refused', () => {
    const guest = new TracedGuest({ options: { maxChannels: 1 } });
    guest.open('tclo');
    guest.open('rpci');
    expect(channels(guest)).toEqual([0, null]);
  });

  it('is null for all that is no message call', () => {
    const guest = new TracedGuest();
    const edx = 5 << 16;
    guest.access({ registers: { eax: BDOOR_MAGIC, ecx: 0x0a, edx } });
    guest.access({ registers: { eax: 0, ecx: 0x1001e, edx } });
    guest.access({ registers: { eax: BDOOR_MAGIC, ecx: 0x7001e, edx } });
    guest.access({ port: 0x60, registers: { eax: BDOOR_MAGIC, ecx: 0x1001e, edx } });
    guest.access({ string: true, registers: { eax: BDOOR_MAGIC, ecx: 0x1001e, edx } });
    guest.access({ port: BDOORHB_PORT, string: true, registers: { eax: BDOOR_MAGIC, ebx: 0x10001, edx } });
    guest.access({ port: BDOORHB_PORT, registers: { eax: BDOOR_MAGIC, ebx: 0x10000, edx } });
    expect(channels(guest)).toEqual([null, null, null, null, null, null, null]);
  });
});

describe('a record', () => {
  it('has the registers before and after, all 64 bits of them', () => {
    const guest = new TracedGuest();
    const ebx = 0xfffffffffff0_0001n;
    guest.access({
      registers: { rax: 0xabcd_0000_0000n | BigInt(BDOOR_MAGIC), ecx: 0x0a, rbx: ebx, rbp: (1n << 64n) - 1n },
    });
    const [record] = accesses(guest);
    const rbp = (1n << 64n) - 1n;
    expect({ ...record?.registers }).toEqual({
      rax: 0xabcd_564d_5868,
      rbx: ebx,
      rcx: 0x0a,
      rdx: 0,
      rsi: 0,
      rdi: 0,
      rbp,
    });
    expect({ ...record?.after }).toEqual({ rax: 6, rbx: BDOOR_MAGIC, rcx: 4, rdx: 0, rsi: 0, rdi: 0, rbp });
    expect(record?.registers).toMatchObject({ eax: BDOOR_MAGIC, ebx: 0xfff0_0001, ebp: 0xffffffff });
  });

  it('has the bytes that moved: those of the guest, and those of the host', () => {
    const guest = new TracedGuest();
    const channel = guest.open('rpci');
    guest.send(channel, 'log x');
    guest.step('recvsize', channel);
    guest.highIn(channel, 2);
    guest.highIn(channel, 2);
    const payloads = accesses(guest).map((record) => record.data);
    expect(accesses(guest).map(({ string }) => string)).toEqual([false, false, true, false, true, true]);
    expect(payloads.slice(0, 2)).toEqual([new Uint8Array(0), new Uint8Array(0)]);
    expect(payloads[2]).toEqual(Uint8Array.from(Buffer.from('log x')));
    expect(payloads[4]).toEqual(Uint8Array.from(Buffer.from('1 ')));
    // Refused: a string form all the same, but nothing moved.
    expect(payloads[5]).toEqual(new Uint8Array(0));
  });

  it('has no more bytes than the guest can take', () => {
    const guest = new TracedGuest();
    guest.bus.add({
      ports: [0x99],
      access: (access) => {
        access.data = new Uint8Array(100);
      },
      snapshot: () => null,
      restore: () => {},
    });
    guest.access({ port: 0x99, width: 2, string: true, count: 3 });
    expect(accesses(guest)[0]?.data).toHaveLength(6);
  });

  it('has the time at which the guest made the access', () => {
    const guest = new TracedGuest();
    guest.bus.add({
      ports: [0x99],
      access: () => {
        guest.ns += 500;
      },
      snapshot: () => null,
      restore: () => {},
    });
    guest.access({ port: 0x99 });
    guest.access({ port: 0x99 });
    expect(accesses(guest).map((record) => record.ns)).toEqual([1000, 2500]);
  });

  it('has the fault as it was given', () => {
    const guest = new TracedGuest();
    guest.fault = { kind: 'oversize', size: 0x7fffffff };
    guest.step('recvsize', 0);
    guest.step('recvsize', 0);
    expect(accesses(guest).map((record) => record.fault)).toEqual([{ kind: 'oversize', size: 0x7fffffff }, null]);
  });
});

it.each([
  ['a port', {}, 'ed', 0x5658],
  ['a hypercall', { hypercall: 'vmcall' }, '0f01c1', 0x5658],
  ['a high-bandwidth hypercall', { hypercall: 'vmcall' }, '0f01c1', 0x5659],
] as const)('%s of a real processor is recorded', (_, options, code, port) => {
  const m = machine(64, `${code}f4`, options);
  const bus = new PortBus();
  const chunks: Uint8Array[] = [];
  bus.add(new BackdoorDevice(new VmwareHost()) as never);
  const writer = new TraceWriter((bytes) => chunks.push(bytes), SUBJECT);
  bus.probe = new TraceRecorder(writer, () => m.now) as never;
  bus.attach(m);
  const high = port === BDOORHB_PORT;
  m.registers.eax = BDOOR_MAGIC;
  m.registers.ebx = high ? 0x10000 : 0x12;
  m.registers.rcx = high ? 4n : BigInt(BDOOR_CMD_MESSAGE) | 0x10000n;
  m.registers.edx = (3 << 16) | (code === 'ed' ? BDOOR_PORT : high ? 3 : 2);
  m.registers.rsi = DATA;
  m.write(DATA, Uint8Array.of(1, 2, 3, 4));
  expect(start(m).reason).toBe('halt');
  m.close();
  writer.flush();
  const [record] = read([joined(chunks)]).records;
  expect(record).toMatchObject({ kind: 'access', pc: 0x10000, port, channel: 3, fault: null });
  expect(record).toMatchObject(
    high
      ? { width: 1, direction: 'out', string: true, count: 4, data: Uint8Array.of(1, 2, 3, 4) }
      : { width: 4, direction: 'in', string: false, count: 1, data: new Uint8Array(0) },
  );
});
