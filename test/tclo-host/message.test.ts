import { describe, expect, test } from 'vitest';
import { SUB_COMMANDS } from '../../src/tclo-host/index.ts';
import * as g from './guest.ts';

const { Guest, bytes, text } = g;

/** A guest with an RPCI channel on which "log x" was sent and its answer is up. */
function answered(): { guest: g.Guest; handle: g.Handle } {
  const guest = new Guest();
  const handle = guest.open(g.RPCI);
  guest.send(handle, bytes('log x'));
  return { guest, handle };
}

describe('OPEN', () => {
  test.each([
    ['RPCI', g.RPCI],
    ['TCLO', g.TCLO],
  ])('%s: exact words, and cookies that are not 0', (_name, protocol) => {
    const guest = new Guest();
    for (let id = 0; id < 8; id += 1) {
      const frame = guest.low(g.OPEN, null, protocol + g.COOKIE);
      expect(frame.rcx).toBe(0x10000n);
      expect(frame.rdx).toBe(BigInt(id) << 16n);
      expect([frame.esi, frame.edi]).not.toContain(0);
      expect(frame.ebx).toBe(protocol + g.COOKIE);
    }
  });

  test('without the flag ESI and EDI are left alone, and cookies are never compared', () => {
    const guest = new Guest();
    const frame = guest.low(g.OPEN, { id: 0, high: 0xdead, low: 0xbeef }, g.RPCI);
    expect([frame.ecx, frame.edx, frame.esi, frame.edi]).toEqual([0x10000, 0, 0xdead, 0xbeef]);
    guest.send({ id: 0, high: 1, low: 2 }, bytes('log x'), 'low');
    expect(text(guest.receive({ id: 0, high: 3, low: 4 }, 'low') ?? bytes(''))).toBe('1 ');
    expect(guest.low(g.CLOSE, { id: 0, high: 5, low: 6 }).ecx).toBe(0x10000);
  });

  test.each([
    ['no protocol', 0],
    ['a near one', g.RPCI + 1],
    ['only the flag', g.COOKIE],
    ['another flag', g.RPCI + 0x40000000],
  ])('%s is refused', (_name, ebx) => {
    const frame = new Guest().low(g.OPEN, null, ebx);
    expect([frame.rax, frame.rcx, frame.rdx, frame.rbx]).toEqual([0n, 0n, 0x5658n, BigInt(ebx)]);
  });

  test.each([1, 8, 128])('at most maxChannels=%i, and a closed one is free again', (maxChannels) => {
    const guest = new Guest({ options: { maxChannels } });
    const handles = Array.from({ length: maxChannels }, () => guest.open(g.RPCI));
    expect(guest.low(g.OPEN, null, g.RPCI).ecx).toBe(0);
    expect(guest.low(g.CLOSE, handles.at(-1) ?? null).ecx).toBe(0x10000);
    expect(guest.open(g.TCLO).id).toBe(maxChannels - 1);
    expect(guest.host.report.channelsOpen).toBe(maxChannels);
  });
});

describe('the words of a conversation', () => {
  test('are exact, low half and unused bits 0', () => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    const words = (frame: ReturnType<g.Guest['low']>): number[] => [frame.ebx, frame.ecx, frame.edx];
    const edx = handle.id * 0x10000 + 0x5658;
    expect(words(guest.low(g.RECVSIZE, handle, 9))).toEqual([0, 0x810000, 0]);
    expect(words(guest.low(g.SENDSIZE, handle, 5))).toEqual([5, 0x810000, edx]);
    expect(words(guest.low(g.SENDPAYLOAD, handle, 0x20676f6c))).toEqual([0x20676f6c, 0x10000, edx]);
    expect(words(guest.low(g.SENDPAYLOAD, handle, 0x78))).toEqual([0x78, 0x10000, edx]);
    expect(words(guest.low(g.RECVSIZE, handle))).toEqual([2, 0x830000, 0x10000]);
    expect(words(guest.low(g.RECVPAYLOAD, handle, 1))).toEqual([0x2031, 0x10000, 0x20000]);
    expect(words(guest.low(g.RECVSTATUS, handle, 1))).toEqual([1, 0x10000, edx]);
    expect(words(guest.low(g.CLOSE, handle))).toEqual([0, 0x10000, edx]);
  });

  test('high bandwidth sets EBX and nothing else', () => {
    const { guest, handle } = answered();
    guest.low(g.SENDSIZE, handle, 5);
    const out = guest.highOut(handle, bytes('log x'));
    expect(out.rbx).toBe(0x10000n);
    expect([out.eax, out.ecx, out.edx & 0xffff, out.ebp]).toEqual([g.MAGIC, 5, 0x5659, handle.high]);
    expect(guest.low(g.RECVSIZE, handle).ebx).toBe(2);
    const [frame, data] = guest.highIn(handle, 2);
    expect(frame.rbx).toBe(0x10000n);
    expect([frame.eax, frame.ecx, frame.esi, frame.ebp]).toEqual([g.MAGIC, 2, handle.high, handle.low]);
    expect(text(data ?? bytes(''))).toBe('1 ');
  });

  test('without high bandwidth the HB bit is gone and its port refuses', () => {
    const guest = new Guest({ options: { highBandwidth: false } });
    const handle = guest.open(g.RPCI);
    expect(guest.low(g.SENDSIZE, handle, 5).ecx).toBe(0x10000);
    expect(guest.highOut(handle, bytes('log x')).ebx).toBe(0);
    guest.send(handle, bytes('log x'), 'low');
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x30000);
    expect(guest.highIn(handle, 2)[1]).toBeNull();
    expect(text(guest.receive(handle, 'low') ?? bytes(''))).toBe('1 ');
  });

  test('the answer is up at once, and offered again until RECVSTATUS', () => {
    const { guest, handle } = answered();
    for (let round = 0; round < 3; round += 1) {
      expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x830000);
      expect(text(guest.highIn(handle, 2)[1] ?? bytes(''))).toBe('1 ');
    }
    expect(guest.low(g.RECVSTATUS, handle, 1).ecx).toBe(0x10000);
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x810000);
  });

  test.each([
    ['RECVSTATUS with 0', (guest: g.Guest, handle: g.Handle) => guest.low(g.RECVSTATUS, handle, 0)],
    ['RECVPAYLOAD with 0', (guest: g.Guest, handle: g.Handle) => guest.low(g.RECVPAYLOAD, handle, 0)],
  ])('%s drops the message', (_name, give) => {
    const { guest, handle } = answered();
    guest.low(g.RECVSIZE, handle);
    expect(give(guest, handle).ecx).toBe(0x10000);
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x810000);
  });

  test('a message fetched in part is gone with RECVSTATUS', () => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    guest.host.post(handle.id, new Uint8Array(5000));
    expect(guest.low(g.RECVSIZE, handle).ebx).toBe(5000);
    expect(guest.highIn(handle, 4095)[1]?.length).toBe(4095);
    expect(guest.low(g.RECVSTATUS, handle, 1).ecx).toBe(0x10000);
    expect(guest.receive(handle)).toBeNull();
  });

  test('SENDSIZE discards the answer nobody read', () => {
    const { guest, handle } = answered();
    expect(guest.low(g.SENDSIZE, handle, 5).ecx).toBe(0x810000);
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x810000);
  });

  test('an empty RPCI message has no answer', () => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    guest.send(handle, bytes(''));
    expect(guest.receive(handle)).toBeNull();
    expect(guest.host.report.rpciCommands).toEqual([]);
  });

  test('64 KiB is the longest message, one byte more is refused', () => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    guest.send(handle, new Uint8Array(65536).fill(0x41));
    expect(text(guest.receive(handle) ?? bytes(''))).toBe('0 Unknown command');
    for (const size of [65537, 0x7fffffff, 0xffffffff]) {
      const frame = guest.low(g.SENDSIZE, handle, size);
      expect([frame.rax, frame.rcx]).toEqual([0n, 0n]);
    }
  });
});

describe('refusals', () => {
  const WRONG: readonly [string, (handle: g.Handle) => g.Handle][] = [
    ['another channel', ({ high, low }) => ({ id: 1, high, low })],
    ['a channel beyond all', ({ high, low }) => ({ id: 65535, high, low })],
    ['a wrong high cookie', ({ id, high, low }) => ({ id, high: (high ^ 1) >>> 0, low })],
    ['a wrong low cookie', ({ id, high, low }) => ({ id, high, low: (low ^ 0x80000000) >>> 0 })],
    ['swapped cookies', ({ id, high, low }) => ({ id, high: low, low: high })],
  ];

  test.each(WRONG)('%s: every step answers EAX = ECX = 0, high bandwidth EBX = 0', (_name, spoil) => {
    const { guest, handle } = answered();
    const wrong = spoil(handle);
    for (let sub = g.SENDSIZE; sub <= g.CLOSE; sub += 1) {
      const frame = guest.low(sub, wrong, 1);
      expect([frame.rax, frame.rcx, frame.rbx]).toEqual([0n, 0n, 1n]);
    }
    expect(guest.highOut(wrong, bytes('x')).rbx).toBe(0n);
    const [frame, data] = guest.highIn(wrong, 1);
    expect([frame.rbx, data]).toEqual([0n, null]);
    expect(text(guest.receive(handle) ?? bytes(''))).toBe('1 ');
  });

  test('a wrong cookie is logged as VMware does', () => {
    const { guest, handle } = answered();
    guest.low(g.RECVSIZE, { ...handle, low: 0 });
    expect(guest.log).toContain('GuestMsg: channel 0: wrong cookie, discarding message.');
  });

  test.each([
    ['SENDPAYLOAD without a size', g.SENDPAYLOAD],
    ['RECVPAYLOAD without a message', g.RECVPAYLOAD],
    ['RECVSTATUS without a message', g.RECVSTATUS],
  ])('%s is a protocol error and harms nothing', (_name, sub) => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    expect(guest.low(sub, handle, 1).ecx).toBe(0);
    expect(guest.log.at(-1)).toBe('GuestMsg: Channel 0, Protocol error, state: 0');
    guest.send(handle, bytes('log x'));
    expect(text(guest.receive(handle) ?? bytes(''))).toBe('1 ');
  });

  test('bytes are only given out after RECVSIZE, and only once', () => {
    const { guest, handle } = answered();
    expect(guest.highIn(handle, 2)[1]).toBeNull();
    expect(guest.low(g.RECVPAYLOAD, handle, 1).ecx).toBe(0);
    expect(guest.low(g.RECVSTATUS, handle, 1).ecx).toBe(0);
    guest.low(g.RECVSIZE, handle);
    expect(guest.highIn(handle, 2)[1]?.length).toBe(2);
    expect(guest.highIn(handle, 2)[0].ebx).toBe(0);
    expect(guest.low(g.RECVPAYLOAD, handle, 1).ecx).toBe(0);
  });

  test.each([
    ['another command', 0x10001],
    ['no success of the guest', 0],
  ])('high bandwidth with %s in EBX', (_name, ebx) => {
    const { guest, handle } = answered();
    guest.low(g.RECVSIZE, handle);
    expect(guest.highIn(handle, 2, null, ebx)[0].ebx).toBe(0);
    guest.low(g.SENDSIZE, handle, 5);
    expect(guest.highOut(handle, bytes('log x'), null, ebx).ebx).toBe(0);
  });

  test('more bytes than announced', () => {
    const { guest, handle } = answered();
    guest.low(g.SENDSIZE, handle, 4);
    expect(guest.highOut(handle, bytes('log x')).ebx).toBe(0);
    expect(guest.highOut(handle, bytes('log ')).ebx).toBe(0x10000);
  });

  test('one message travels by one bandwidth', () => {
    const { guest, handle } = answered();
    guest.low(g.SENDSIZE, handle, 8);
    guest.low(g.SENDPAYLOAD, handle, 0x20676f6c);
    expect(guest.highOut(handle, bytes('abcd')).ebx).toBe(0);
    expect(guest.low(g.SENDPAYLOAD, handle, 0x61616161).ecx).toBe(0x10000);
    guest.host.post(handle.id, new Uint8Array(8));
    guest.low(g.RECVSIZE, handle);
    expect(guest.highIn(handle, 4)[1]?.length).toBe(4);
    expect(guest.low(g.RECVPAYLOAD, handle, 1).ecx).toBe(0);
  });

  test('sub commands beyond CLOSE', () => {
    const { guest, handle } = answered();
    for (const sub of [7, 8, 255, 0xffff]) {
      const frame = guest.low(sub, handle, 1);
      expect([frame.rax, frame.rcx]).toEqual([0n, 0n]);
    }
  });
});

test('the sub commands stand in the order of their numbers', () => {
  expect(SUB_COMMANDS.map(({ step }) => step)).toEqual([
    'open',
    'sendsize',
    'send',
    'recvsize',
    'receive',
    'status',
    'close',
  ]);
});

test('a whole conversation changes only what its sub command returns', () => {
  const guest = new Guest();
  const handle = guest.open(g.RPCI);
  const arguments_ = [0, 5, 0x20676f6c, 0, 1, 1, 0];
  guest.send(handle, bytes('log x'));
  for (const sub of [g.RECVSIZE, g.RECVPAYLOAD, g.RECVSTATUS, g.SENDSIZE, g.SENDPAYLOAD, g.CLOSE]) {
    const frame = new (guest.low(g.RECVSIZE, null).constructor as new () => ReturnType<g.Guest['low']>)();
    const high = 0xabcd_0000_0000_0000n;
    frame.rax = high | BigInt(g.MAGIC);
    frame.rbx = high | BigInt(arguments_[sub] ?? 0);
    frame.rcx = high | BigInt(sub * 0x10000 + 0x1e);
    frame.rdx = high | BigInt(handle.id * 0x10000 + 0x5658);
    frame.rsi = high | BigInt(handle.high);
    frame.rdi = high | BigInt(handle.low);
    frame.rbp = high | 7n;
    guest.host.call(frame);
    expect(frame.ecx).not.toBe(0);
    const outputs = SUB_COMMANDS[sub]?.outputs ?? [];
    const wide = [frame.rax, frame.rbx, frame.rcx, frame.rdx, frame.rsi, frame.rdi, frame.rbp];
    const kept = wide.map((value) => value >> 48n === 0xabcdn);
    const names = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const;
    expect(names.filter((_, index) => !kept[index])).toEqual(outputs);
  }
});
