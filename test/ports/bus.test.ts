import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cpu/index.ts';
import { PortBus } from '../../src/ports/index.ts';
import type { Notice, PortAccess } from '../../src/protocol/index.ts';
import { BackdoorDevice, BalloonDevice, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { DATA, hex, machine, start, toHex } from '../support/machine.ts';

const MAGIC = 0x564d5868;

function bench(code: string, bits: 32 | 64 = 64) {
  const m = machine(bits, code);
  const host = new VmwareHost({ now: () => m.now });
  const bus = new PortBus<HostFault>();
  const notices: Notice[] = [];
  const backdoor = new BackdoorDevice(host);
  const balloon = new BalloonDevice();
  bus.add(backdoor);
  bus.add(balloon);
  for (const source of [bus, backdoor, balloon]) source.onNotice = (notice) => notices.push(notice);
  bus.attach(m);
  return { m, host, bus, notices, balloon };
}

/** Sets 32-bit registers by name. */
const set = (m: Machine, values: Record<string, number>): void => void Object.assign(m.registers, values);

describe('the bus', () => {
  it('shows every access to the one probe, and hands its fault to the device', () => {
    const { m, bus } = bench('ed 90 ed f4');
    const seen: [string, number, unknown][] = [];
    const fault: HostFault = { kind: 'refuse' };
    bus.probe = {
      before: (access: PortAccess) => {
        seen.push(['before', access.port, null]);
        return seen.length === 1 ? fault : null;
      },
      after: (access, given) => seen.push(['after', access.registers.eax, given]),
    };
    set(m, { eax: MAGIC, ecx: 0x0a, edx: 0x5658 });
    start(m);
    // Refused, the call leaves eax=ecx=0; without the magic the second is no call.
    expect(seen).toEqual([
      ['before', 0x5658, null],
      ['after', 0, fault],
      ['before', 0x5658, null],
      ['after', 0xffffffff, null],
    ]);
    m.close();
  });

  it.each([
    ['ed', 0xffffffffn],
    ['66ed', 0x5678ffffn],
    ['ec', 0x567812ffn],
  ])('a port that nobody owns reads all ones and is told: %s', (code, rax) => {
    const { m, notices } = bench(`${code} f4`, 32);
    set(m, { eax: 0x56781234, edx: 0x3f8 });
    start(m);
    expect(m.registers.rax).toBe(rax);
    expect(notices).toMatchObject([
      { kind: 'unownedPort', port: 0x3f8, direction: 'in', registers: { eax: 0x56781234 } },
    ]);
    m.close();
  });

  it('string input from a port that nobody owns is all ones', () => {
    const { m } = bench('f36c f4');
    m.registers.rdi = DATA;
    m.registers.rcx = 3n;
    m.registers.rdx = 0x3f8n;
    start(m);
    expect(toHex(m.read(DATA, 4))).toBe('ffffff00');
    m.close();
  });
});

describe('the backdoor', () => {
  it.each([
    ['in eax', 'ed', 6n],
    ['in ax', '66ed', 0x564d0006n],
    ['in al', 'ec', 0x564d5806n],
    ['out eax', 'ef', 6n],
  ])('answers GETVERSION by %s', (_name, code, rax) => {
    const { m, notices } = bench(`${code} f4`);
    set(m, { eax: MAGIC, ecx: 0xffff000a, edx: 0x5658 });
    start(m);
    expect([m.registers.rax, m.registers.ebx, m.registers.ecx]).toEqual([rax, MAGIC, 4]);
    expect(notices).toEqual([]);
    m.close();
  });

  it.each(['0f01c1', '0f01d9'])('answers %s as it answers IN, with either direction flag', (code) => {
    for (const edx of [0, 2]) {
      const { m } = bench(`${code} f4`);
      set(m, { eax: MAGIC, ecx: 0x0a, edx });
      expect(start(m).reason).toBe('halt');
      expect([m.registers.eax, m.registers.ebx]).toEqual([6, MAGIC]);
      m.close();
    }
  });

  it('a hypercall without the magic is an invalid opcode', () => {
    const { m } = bench('0f01c1 f4');
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode' } });
    m.close();
  });

  it.each([
    ['no magic', 'ed', { eax: 1, edx: 0x5658 }, 'noMagic'],
    ['magic, wrong port', 'ed', { eax: MAGIC, edx: 0x5657 }, 'wrongPort'],
    ['string I/O on the call port', '6c', { eax: MAGIC, edx: 0x5658, edi: Number(DATA) }, 'wrongForm'],
    ['plain IN on the transfer port', 'ed', { eax: MAGIC, edx: 0x5659 }, 'wrongForm'],
  ])('a near miss is told: %s', (_name, code, registers, kind) => {
    const { m, notices } = bench(`90 ${code} f4`);
    set(m, registers as Record<string, number>);
    start(m);
    expect(notices).toMatchObject([{ kind, pc: 0x10001n, registers: { eax: registers.eax } }]);
    m.close();
  });

  /** Opens an RPCI channel without cookies and announces a request of `size` bytes; then the code runs. */
  function opened(code: string, size: number) {
    const b = bench(code);
    const frame = { eax: MAGIC, ebx: 0x49435052, ecx: 0x1e, edx: 0x5658, esi: 0, edi: 0, ebp: 0 };
    const wide = { rax: 0n, rbx: 0n, rcx: 0n, rdx: 0n, rsi: 0n, rdi: 0n, rbp: 0n };
    const open = { ...wide, ...frame };
    b.host.call(open);
    const channel = open.edx >>> 16;
    b.host.call({ ...wide, ...frame, ebx: size, ecx: 0x1001e, edx: (channel << 16) | 0x5658 });
    return { ...b, channel, wide, frame };
  }

  it.each([
    ['rep outsb', 'fc f36e f4', 0x5659],
    ['vmcall', '0f01c1 f4', 3],
  ])('takes a request by %s and gives the answer the same way', (name, code, low) => {
    const { m, host, channel, wide, frame } = opened(code, 22);
    m.write(DATA, Buffer.from('info-get guestinfo.nil'));
    set(m, { eax: MAGIC, ebx: 0x10000, edx: (channel << 16) | low });
    m.registers.rsi = DATA;
    m.registers.rcx = 22n;
    start(m);
    expect(m.registers.rbx).toBe(0x10000n);
    expect([m.registers.rsi, m.registers.rcx]).toEqual([DATA + 22n, 0n]);
    expect(host.report.rpciCommands).toEqual(['info-get guestinfo.nil']);

    const size = { ...wide, ...frame, ebx: 0, ecx: 0x3001e, edx: (channel << 16) | 0x5658 };
    host.call(size);
    m.write(0x10000n, hex(name === 'vmcall' ? code : 'fc f36c f4'));
    set(m, { eax: MAGIC, ebx: 0x10000, edx: (channel << 16) | (name === 'vmcall' ? 1 : 0x5659) });
    m.registers.rdi = DATA + 0x100n;
    m.registers.rcx = BigInt(size.ebx);
    start(m);
    expect(m.registers.rbx).toBe(0x10000n);
    expect(Buffer.from(m.read(DATA + 0x100n, size.ebx)).toString()).toBe('0 No value found');
    m.close();
  });

  it('a receive that faults in mid-transfer loses nothing: the message is offered again from its start', () => {
    const { m, host, channel, wide, frame } = opened('fc f36c f4', 4);
    host.sendHighBandwidth(
      { ...wide, ...frame, ebx: 0x10000, ecx: 4, edx: (channel << 16) | 0x5659 },
      Buffer.from('what'),
    );
    const size = { ...wide, ...frame, ebx: 0, ecx: 0x3001e, edx: (channel << 16) | 0x5658 };
    host.call(size);
    const answer = '0 Unknown command';
    expect(size.ebx).toBe(answer.length);
    set(m, { eax: MAGIC, ebx: 0x10000, edx: (channel << 16) | 0x5659 });
    m.registers.rdi = DATA + 0x2000n - 5n;
    m.registers.rcx = BigInt(answer.length);
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'write', address: DATA + 0x2000n } });
    expect(m.registers.rcx).toBe(BigInt(answer.length - 5));
    expect(Buffer.from(m.read(DATA + 0x2000n - 5n, 5)).toString()).toBe(answer.slice(0, 5));

    const again = { ...wide, ...frame, ebx: 0, ecx: 0x3001e, edx: (channel << 16) | 0x5658 };
    host.call(again);
    expect(again.ebx).toBe(answer.length);
    set(m, { eax: MAGIC, ebx: 0x10000, edx: (channel << 16) | 0x5659 });
    m.registers.rdi = DATA;
    m.registers.rcx = BigInt(answer.length);
    start(m);
    expect(Buffer.from(m.read(DATA, answer.length)).toString()).toBe(answer);
    m.close();
  });

  it('a hypercall transfer that cannot be done whole is a fault, and nothing has moved', () => {
    const { m, channel, host } = opened('0f01c1 f4', 22);
    set(m, { eax: MAGIC, ebx: 0x10000, edx: (channel << 16) | 3 });
    m.registers.rsi = DATA + 0x1ff0n;
    m.registers.rcx = 22n;
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'read', address: DATA + 0x2000n, pc: 0x10000n } });
    expect(host.report.rpciCommands).toEqual([]);
    m.close();
  });
});

describe('the balloon', () => {
  const OMLE = 0x456c6d6f;
  it.each([
    ['START with capabilities', { ecx: 0, ebx: 0xe }, { eax: 0x03000000, ecx: 0xe }],
    ['START without', { ecx: 0, ebx: 0 }, { eax: 0, ecx: 0 }],
    ['GET_TARGET', { ecx: 1, ebx: 1000 }, { eax: 0, ebx: 7 }],
    ['LOCK', { ecx: 2, ebx: 5 }, { eax: 0, ebx: 7 }],
    ['UNLOCK', { ecx: 3, ebx: 5 }, { eax: 0, ebx: 7 }],
    ['GUEST_ID', { ecx: 4, ebx: 1 }, { eax: 0, ebx: 1 }],
    ['BATCHED_LOCK', { ecx: 6, ebx: 5 }, { eax: 0, ebx: 7 }],
    ['BATCHED_UNLOCK', { ecx: 7, ebx: 5 }, { eax: 0, ebx: 7 }],
    ['BATCHED_2M_LOCK', { ecx: 8, ebx: 5 }, { eax: 0, ebx: 7 }],
    ['BATCHED_2M_UNLOCK', { ecx: 9, ebx: 5 }, { eax: 0, ebx: 7 }],
    ['VMCI_DOORBELL_SET', { ecx: 10, ebx: 1 }, { eax: 0, ebx: 1 }],
    ['5, which is none', { ecx: 5, ebx: 5 }, { eax: 1, ebx: 5 }],
    ['an unknown command', { ecx: 99, ebx: 5 }, { eax: 1, ebx: 5 }],
  ])('%s', (_name, before, after) => {
    const { m, balloon, notices } = bench('ed f4');
    balloon.targetPages = 7;
    set(m, { eax: OMLE, edx: 0x5670, ...before });
    start(m);
    expect(m.registers).toMatchObject(after);
    expect(notices).toEqual([]);
    m.close();
  });

  it('has its own magic', () => {
    const { m, notices } = bench('ed f4');
    set(m, { eax: MAGIC, edx: 0x5670, ecx: 1 });
    start(m);
    expect(m.registers.eax).toBe(0xffffffff);
    expect(notices).toMatchObject([{ kind: 'noMagic', port: 0x5670 }]);
    m.close();
  });
});
