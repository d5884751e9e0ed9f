import { describe, expect, test } from 'vitest';
import type { HostFault } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import * as g from './guest.ts';
import { Guest, type Handle } from './guest.ts';

const { MAGIC, RPCI, TCLO, COOKIE } = g;

describe('iPXE (guestrpc.c): low bandwidth, no cookies, the whole of ECX is compared, no retry', () => {
  /** Garbage where others keep cookies: iPXE never sets ESI and EDI. */
  const call = (guest: Guest, sub: number, channel: number, ebx: number): Frame => {
    const edx = channel * 0x10000 + 0x5658;
    const frame = Frame.of({ eax: MAGIC, ebx, ecx: sub * 0x10000 + 0x1e, edx, esi: 0xdeadbeef, edi: 0xcafef00d });
    guest.host.call(frame);
    return frame;
  };
  const words = (text: string): number[] =>
    Array.from({ length: Math.ceil(text.length / 4) }, (_, word) =>
      [0, 1, 2, 3].reduce((sum, byte) => sum + (text.charCodeAt(4 * word + byte) || 0) * 256 ** byte, 0),
    );

  /** guestrpc_command(): the answer behind "1 ", or an error. */
  function command(guest: Guest, channel: number, text: string): string {
    if (call(guest, 1, channel, text.length).ecx !== 0x00810000) throw new Error('EPROTO');
    for (const word of words(text)) if (call(guest, 2, channel, word).ecx !== 0x00010000) throw new Error('EPROTO');
    const size = call(guest, 3, channel, 0);
    if (size.ecx !== 0x00830000 || size.edx >>> 16 !== 1) throw new Error('EPROTO');
    let answer = '';
    for (let at = 0; at < size.ebx; at += 4) {
      const word = call(guest, 4, channel, size.edx >>> 16);
      if (word.ecx !== 0x00010000) throw new Error('EPROTO');
      answer += String.fromCharCode(...[0, 8, 16, 24].map((shift) => (word.ebx >>> shift) & 0xff));
    }
    if (call(guest, 5, channel, size.edx >>> 16).ecx !== 0x00010000) throw new Error('EPROTO');
    if (!answer.startsWith('1 ')) throw new Error('EIO');
    return answer.slice(2, size.ebx);
  }

  function open(guest: Guest): number {
    const frame = call(guest, 0, 0, RPCI);
    if (frame.ecx !== 0x00010000) throw new Error('EPROTO');
    expect([frame.esi, frame.edi]).toEqual([0xdeadbeef, 0xcafef00d]);
    return frame.edx >>> 16;
  }

  test('one channel for settings and one for the console, for good', () => {
    const guest = new Guest();
    guest.host.rpci.store.set('guestinfo.ipxe.filename', g.bytes('http://boot.ipxe.org/demo'));
    const [settings, console] = [open(guest), open(guest)];
    for (let round = 0; round < 3; round += 1) {
      // The length first, then the same again for the value: both must be the same.
      const [probe, value] = [0, 1].map(() => command(guest, settings, 'info-get guestinfo.ipxe.filename'));
      expect([probe, value]).toEqual(['http://boot.ipxe.org/demo', 'http://boot.ipxe.org/demo']);
      expect(command(guest, console, 'log iPXE initialising devices...')).toBe('');
    }
    expect(() => command(guest, settings, 'info-get guestinfo.ipxe.net0.mac')).toThrow('EIO');
    expect(call(guest, 6, settings, 0).ecx).toBe(0x00010000);
  });
});

describe("vmt (OpenBSD, NetBSD): each of the driver's comparisons", () => {
  test('OPEN: ecx.high == 1 and edx.low == 0, and never all zero', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const frame = new Guest({ seed }).low(g.OPEN, null, TCLO + COOKIE);
      expect([frame.ecx >>> 16, frame.edx & 0xffff]).toEqual([1, 0]);
      expect(frame.esi === 0 || frame.edi === 0).toBe(false);
    }
  });

  test('high bandwidth in and out: ebx is 0x00010000, exactly', () => {
    const guest = new Guest();
    const handle = guest.open(RPCI);
    guest.low(g.SENDSIZE, handle, 5);
    expect(guest.highOut(handle, g.bytes('log x')).ebx).toBe(0x00010000);
    guest.low(g.RECVSIZE, handle);
    expect(guest.highIn(handle, 2)[0].ebx).toBe(0x00010000);
  });

  test('probe: the version leaves EAX other than all ones and EBX the magic, the speed is not the magic', () => {
    const guest = new Guest();
    expect(guest.command(0x0a, ~MAGIC)).toMatchObject({ eax: 6, ebx: MAGIC });
    expect(guest.command(0x01).eax).not.toBe(MAGIC);
  });

  test('a message of 4096 and more is fetched by 4095 bytes, acknowledged, and gone', () => {
    const guest = new Guest();
    guest.host.rpci.handle('long', () => `1 ${'x'.repeat(5000)}`);
    const handle = guest.open(RPCI);
    guest.send(handle, g.bytes('long'));
    expect(guest.low(g.RECVSIZE, handle).ebx).toBe(5002);
    expect(guest.highIn(handle, 4095)[1]?.length).toBe(4095);
    expect(guest.low(g.RECVSTATUS, handle, 1).ecx).toBe(0x00010000);
    expect(guest.receive(handle)).toBeNull();
  });

  test('CLOSE of a broken channel: ecx.high not 0, ecx.low 0', () => {
    const guest = new Guest();
    const handle = guest.greet();
    guest.host.event({ name: 'tclo.break' });
    expect(guest.low(g.CLOSE, handle).ecx).toBe(0x00010000);
  });

  test('hostctl sends its whole buffer, NULs and all; the answer starts with "1 "', () => {
    const guest = new Guest();
    const buffer = new Uint8Array(4096);
    buffer.set(g.bytes('info-set guestinfo.key value'));
    expect(guest.rpci(buffer)).toBe('1 ');
    buffer.fill(0).set(g.bytes('info-get guestinfo.key'));
    expect(guest.rpci(buffer)).toBe('1 value');
  });
});

describe('open-vm-tools (message.c, rpcout.c)', () => {
  const CPT: HostFault = { kind: 'checkpoint' };

  /** Message_Send: the checkpoint status at a payload step starts the whole send again, on the same channel. */
  function messageSend(guest: Guest, handle: Handle, data: Uint8Array, faults: (HostFault | null)[]): number {
    for (let tries = 1; ; tries += 1) {
      if ((guest.low(g.SENDSIZE, handle, data.length).ecx & 0x10000) === 0) throw new Error('SENDSIZE refused');
      const { ebx } = guest.highOut(handle, data, faults.shift() ?? null);
      if ((ebx & 0x10000) !== 0) return tries;
      if ((ebx & 0x100000) === 0) throw new Error('send refused');
    }
  }

  /** Message_Receive: the same, from RECVSIZE. */
  function messageReceive(guest: Guest, handle: Handle, faults: (HostFault | null)[]): [string, number] {
    for (let tries = 1; ; tries += 1) {
      const size = guest.low(g.RECVSIZE, handle);
      if ((size.ecx & 0x30000) !== 0x30000 || size.edx >>> 16 !== 1) throw new Error('no message');
      const [frame, data] = guest.highIn(handle, size.ebx, faults.shift() ?? null);
      if (data === null) {
        if ((frame.ebx & 0x100000) === 0) throw new Error('receive refused');
        continue;
      }
      const status = guest.low(g.RECVSTATUS, handle, 1, faults.shift() ?? null).ecx;
      if ((status & 0x10000) !== 0) return [g.text(data), tries];
      if ((status & 0x100000) === 0) throw new Error('status refused');
    }
  }

  test('a checkpoint at every payload step is survived on the same channel', () => {
    const guest = new Guest();
    const handle = guest.open(RPCI);
    expect(messageSend(guest, handle, g.bytes('log x'), [CPT, CPT])).toBe(3);
    expect(messageReceive(guest, handle, [CPT, null, CPT])).toEqual(['1 ', 3]);
    expect(guest.host.report.rpciCommands).toEqual(['log x']);
  });

  test('RECVPAYLOAD answers the payload constant in the high half of EDX, every word', () => {
    const guest = new Guest();
    const handle = guest.open(RPCI);
    guest.send(handle, g.bytes('nonsense'));
    const { ebx } = guest.low(g.RECVSIZE, handle);
    for (let at = 0; at < ebx; at += 4) expect(guest.low(g.RECVPAYLOAD, handle, 1).edx >>> 16).toBe(2);
  });

  test('opens without cookies where they are refused; every answer starts with "1 " or "0 "', () => {
    const guest = new Guest();
    expect(guest.low(g.OPEN, null, RPCI).ecx).toBe(0x10000);
    for (const command of ['log x', 'nonsense', 'info-get guestinfo.a', 'vmx.capability.dnd_version', 'unity.x']) {
      expect(guest.rpci(command)).toMatch(/^[01] /);
    }
  });

  test('the trailing NUL of vmtoolsd, and the blank of RpcOut_sendOne, are no part of the command', () => {
    const guest = new Guest();
    guest.rpci('info-set guestinfo.a b\0');
    expect(guest.rpci('info-get guestinfo.a ')).toBe('1 b');
  });

  test('RpcIn: an empty send each round while nothing is up, and while something is', () => {
    const guest = new Guest();
    const handle = guest.greet();
    for (let round = 0; round < 5; round += 1) expect(guest.low(g.SENDSIZE, handle, 0).ecx).toBe(0x00810000);
    expect(guest.drain(handle)[0]).toBe('Capabilities_Register');
  });
});

describe('vmwgfx (vmwgfx_msg.c): full 64-bit registers', () => {
  const WIDE = 0xffff_ffff_0000_0000n;

  test('RECVSIZE is read from all of RBX, statuses from all of RCX: both are zero-extended', () => {
    const guest = new Guest();
    const handle = guest.open(RPCI);
    guest.send(handle, g.bytes('info-get guestinfo.a'));
    const frame = Frame.of({ ebx: 0 });
    frame.rax = BigInt(MAGIC);
    frame.rbx = WIDE;
    frame.rcx = WIDE | 0x3001en;
    frame.rdx = WIDE | (BigInt(handle.id) << 16n) | 0x5658n;
    frame.rsi = BigInt(handle.high);
    frame.rdi = BigInt(handle.low);
    frame.rbp = WIDE | 5n;
    guest.host.call(frame);
    expect([frame.rax, frame.rbx, frame.rcx, frame.rdx]).toEqual([1n, 16n, 0x830000n, 0x10000n]);
    expect([frame.rsi, frame.rdi, frame.rbp]).toEqual([BigInt(handle.high), BigInt(handle.low), WIDE | 5n]);
  });

  test('a reply that is never read is discarded by the next request, and CLOSE does not mind it', () => {
    const guest = new Guest();
    const handle = guest.open(RPCI);
    guest.send(handle, g.bytes('log one'));
    guest.send(handle, g.bytes('nonsense'));
    expect(g.text(guest.receive(handle) ?? g.bytes(''))).toBe('0 Unknown command');
    guest.send(handle, g.bytes('log two'));
    expect(guest.low(g.CLOSE, handle).ecx).toBe(0x10000);
  });
});
