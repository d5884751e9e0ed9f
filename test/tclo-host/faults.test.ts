import { describe, expect, it, test } from 'vitest';
import type { MessageStep } from '../../src/protocol/index.ts';
import { Random } from '../../src/random.ts';
import {
  FAULTS,
  type FaultKind,
  faultApplies,
  type HostFault,
  type HostOptions,
  hostFault,
} from '../../src/tclo-host/index.ts';
import * as g from './guest.ts';

const { Guest, bytes, text } = g;
const STEPS: readonly MessageStep[] = ['open', 'sendsize', 'send', 'recvsize', 'receive', 'status', 'close'];
const KINDS = Object.keys(FAULTS) as FaultKind[];
const of = (kind: FaultKind): HostFault => ({ kind });

/** A guest and a channel on which the step is the next thing to do; high bandwidth for the payload. */
function readyFor(step: MessageStep, options: Partial<HostOptions> = {}): { guest: g.Guest; handle: g.Handle } {
  const guest = new Guest({ options });
  const handle = guest.open(g.RPCI);
  if (step === 'send') guest.low(g.SENDSIZE, handle, 5);
  if (step === 'recvsize' || step === 'receive' || step === 'status') guest.send(handle, bytes('log x'));
  if (step === 'receive' || step === 'status') guest.low(g.RECVSIZE, handle);
  if (step === 'status') guest.highIn(handle, 2);
  return { guest, handle };
}

/** Does the step; its status word. EAX tells success and nothing else, but for OPEN, where it is 0. */
function injection(guest: g.Guest, handle: g.Handle, step: MessageStep, fault: HostFault | null): number {
  if (step === 'send') return guest.highOut(handle, bytes('log x'), fault).ebx / 0x10000;
  if (step === 'receive') return guest.highIn(handle, 2, fault)[0].ebx / 0x10000;
  const argument = { open: g.RPCI + g.COOKIE, sendsize: 5, recvsize: 0, status: 1, close: 0 }[step];
  const frame = guest.low(STEPS.indexOf(step), step === 'open' ? null : handle, argument, fault);
  if (fault?.kind !== 'garbageRegisters') expect(frame.eax).toBe(step === 'open' ? 0 : (frame.ecx >>> 16) & 1);
  return frame.ecx / 0x10000;
}

const FAILING: readonly [FaultKind, number][] = [
  ['refuse', 0],
  ['checkpoint', 0x10],
  ['closed', 0x04],
  ['timeout', 0x40],
  ['poweroff', 0x20],
  ['unsent', 0x08],
  ['break', 0],
];

describe.each(FAILING)('%s answers %i', (kind, status) => {
  test.each(FAULTS[kind].steps)('at %s', (step) => {
    const { guest, handle } = readyFor(step);
    expect(injection(guest, handle, step, of(kind))).toBe(status);
  });
});

describe('after the fault', () => {
  test.each(FAULTS.refuse.steps)('refuse at %s: as if the guest did not make the call', (step) => {
    const { guest, handle } = readyFor(step);
    injection(guest, handle, step, of('refuse'));
    expect(injection(guest, handle, step, null) & 1).toBe(1);
  });

  test('checkpoint at send: what was sent is dropped, the whole message can be sent again', () => {
    const { guest, handle } = readyFor('send');
    injection(guest, handle, 'send', of('checkpoint'));
    expect(guest.highOut(handle, bytes('log x')).ebx).toBe(0);
    guest.send(handle, bytes('log x'));
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });

  test.each(['receive', 'status'] as const)('checkpoint at %s: the message is offered again', (step) => {
    const { guest, handle } = readyFor(step);
    injection(guest, handle, step, of('checkpoint'));
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });

  test.each(['send', 'receive', 'status'] as const)(
    'checkpoint at %s of a strict host: every channel breaks',
    (step) => {
      const { guest, handle } = readyFor(step, { checkpointMode: 'strict' });
      const other = guest.open(g.RPCI);
      expect(injection(guest, handle, step, of('checkpoint'))).toBe(0x10);
      for (const channel of [handle, other]) expect(guest.low(g.RECVSIZE, channel).ecx).toBe(0);
    },
  );

  test.each(['sendsize', 'receive', 'close'] as const)('closed at %s: the channel is free', (step) => {
    const { guest, handle } = readyFor(step);
    injection(guest, handle, step, of('closed'));
    expect(guest.host.report.channelsOpen).toBe(0);
  });

  test.each([
    ['timeout', 'receive'],
    ['timeout', 'status'],
    ['unsent', 'receive'],
    ['unsent', 'status'],
  ] as const)('%s at %s: the message is gone, the channel is not', (kind, step) => {
    const { guest, handle } = readyFor(step);
    injection(guest, handle, step, of(kind));
    expect(guest.receive(handle)).toBeNull();
  });

  test('break: refused until CLOSE', () => {
    const { guest, handle } = readyFor('recvsize');
    injection(guest, handle, 'recvsize', of('break'));
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0);
    expect(guest.low(g.CLOSE, handle).ecx).toBe(0x10000);
    expect(guest.host.report.channelsOpen).toBe(0);
  });

  test('stall: no message for the time given, then the same one', () => {
    const { guest, handle } = readyFor('recvsize');
    expect(injection(guest, handle, 'recvsize', { kind: 'stall', for: 2 * g.SECOND })).toBe(0x81);
    guest.now = 2 * g.SECOND - 1;
    expect(guest.receive(handle)).toBeNull();
    guest.now = 2 * g.SECOND;
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });
});

describe('lies', () => {
  test.each([
    [undefined, 3],
    [100, 102],
    [-1, 1],
    [-100, 0],
  ])('wrongLength by=%s', (by, reported) => {
    const { guest, handle } = readyFor('recvsize');
    const fault: HostFault = by === undefined ? { kind: 'wrongLength' } : { kind: 'wrongLength', by };
    expect(guest.low(g.RECVSIZE, handle, 0, fault).ebx).toBe(reported);
    expect(guest.highIn(handle, 4096)[1]).toEqual(bytes('1 '));
  });

  test('oversize: a receive fills what was asked', () => {
    const { guest, handle } = readyFor('recvsize');
    expect(guest.low(g.RECVSIZE, handle, 0, of('oversize')).ebx).toBe(0x7fffffff);
    const [frame, data] = guest.highIn(handle, 5000);
    expect([frame.ebx, data?.length, text(data?.subarray(0, 2) ?? bytes(''))]).toEqual([0x10000, 5000, '1 ']);
    expect(guest.highIn(handle, 1000)[1]?.length).toBe(1000);
    expect(guest.low(g.RECVSTATUS, handle, 1).ecx).toBe(0x10000);
    expect(guest.receive(handle)).toBeNull();
  });

  test('oversize: what is made up depends on the place in the message alone', () => {
    const made = ['log x', 'SetGuestInfo  4 nowhere', 'nothing'].map((request) => {
      const guest = new Guest({ seed: 7 });
      const handle = guest.open(g.RPCI);
      guest.send(handle, bytes(request));
      guest.low(g.RECVSIZE, handle, 0, of('oversize'));
      return guest.highIn(handle, 80)[1]?.slice(40);
    });
    expect(made[0]).toHaveLength(40);
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).toEqual(made[0]);
  });

  test('oversize by words, and where there is no message at all', () => {
    const { guest, handle } = readyFor('sendsize');
    expect(guest.low(g.RECVSIZE, handle, 0, { kind: 'oversize', size: 12 }).ebx).toBe(12);
    for (let word = 0; word < 5; word += 1) expect(guest.low(g.RECVPAYLOAD, handle, 1).ecx).toBe(0x10000);
  });

  test('truncate: half the bytes, both ways', () => {
    const { guest, handle } = readyFor('receive');
    expect(guest.highIn(handle, 2, of('truncate'))[1]).toEqual(bytes('1'));
    guest.low(g.SENDSIZE, handle, 10);
    expect(guest.highOut(handle, bytes('log x12345'), of('truncate')).ebx).toBe(0x10000);
    expect(guest.host.report.rpciCommands.at(-1)).toBe('log x');
  });

  test('corrupt: as many bytes, not the same, and the same again with the same seed', () => {
    const once = (): string => {
      const { guest, handle } = readyFor('send');
      expect(guest.highOut(handle, bytes('log x'), of('corrupt')).ebx).toBe(0x10000);
      return guest.hostEvents
        .filter(({ kind }) => kind === 'rpci')
        .map((hostEvent) => hostEvent.text)
        .join();
    };
    expect(once()).not.toBe('log x');
    expect(once()).toBe(once());
  });

  test('corrupt leaves the host’s own message whole', () => {
    const { guest, handle } = readyFor('receive');
    expect(guest.highIn(handle, 2, of('corrupt'))[1]).not.toEqual(bytes('1 '));
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });

  test('noHighBandwidth: no HB bit, and its port refuses', () => {
    const { guest, handle } = readyFor('sendsize');
    expect(injection(guest, handle, 'sendsize', of('noHighBandwidth'))).toBe(0x01);
    expect(injection(guest, handle, 'send', of('noHighBandwidth'))).toBe(0);
    guest.highOut(handle, bytes('log x'));
    expect(injection(guest, handle, 'recvsize', of('noHighBandwidth'))).toBe(0x03);
    expect(injection(guest, handle, 'receive', of('noHighBandwidth'))).toBe(0);
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });

  test('garbageRegisters: every output register, no other, and the host did its work', () => {
    const { guest, handle } = readyFor('recvsize');
    const frame = guest.low(g.RECVSIZE, handle, 0, of('garbageRegisters'));
    const plain = guest.low(g.RECVSIZE, handle);
    const outputs = ['eax', 'ebx', 'ecx', 'edx'] as const;
    expect(outputs.filter((name) => frame[name] === plain[name])).toEqual([]);
    expect([frame.esi, frame.edi, frame.ebp]).toEqual([handle.high, handle.low, 0]);
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });
});

test.each(Object.entries(FAULTS))(
  '%s lets no more bytes arrive than left, and leaves those alone',
  (_, { payload }) => {
    for (const length of [0, 1, 4, 1000]) {
      const bytes = new Uint8Array(length).fill(0x55);
      expect((payload?.(bytes, new Random(length), new Uint8Array(999)) ?? bytes).length).toBeLessThanOrEqual(length);
      expect(bytes.every((byte) => byte === 0x55)).toBe(true);
    }
  },
);

describe('where a fault means nothing', () => {
  test.each(KINDS)('%s: the call is made as without', (kind) => {
    for (const step of STEPS.filter((name) => !FAULTS[kind].steps.includes(name))) {
      expect(faultApplies(kind, step)).toBe(false);
      const disturbed = readyFor(step);
      const plain = readyFor(step);
      const status = injection(disturbed.guest, disturbed.handle, step, of(kind));
      const same = injection(plain.guest, plain.handle, step, null);
      expect([step, status]).toEqual([step, same]);
    }
  });

  test('on other commands only refuse, garbageRegisters and registers apply', () => {
    const plain = new Guest().command(10);
    for (const kind of KINDS) {
      const frame = new Guest().command(10, 0, kind === 'registers' ? { kind, eax: 5 } : of(kind));
      const same = frame.eax === plain.eax && frame.ebx === plain.ebx && frame.ecx === plain.ecx;
      expect([kind, same]).toEqual([kind, !faultApplies(kind, null)]);
    }
    const refused = new Guest().command(10, 0, of('refuse'));
    expect([refused.eax, refused.ecx]).toEqual([0, 0]);
  });

  test.each([
    ['melt', {}, 'fault.kind'],
    ['refuse', { by: 1 }, 'fault.parameter'],
    ['wrongLength', { size: 1 }, 'fault.parameter'],
    ['wrongLength', { by: 0.5 }, 'fault.parameter'],
  ])('%s with %j is refused before the run', (kind, parameters, code) => {
    expect(() => hostFault(kind, parameters)).toThrow(expect.objectContaining({ code }));
  });

  test('a fault made from words is one', () => {
    expect(hostFault('wrongLength', { by: -3 })).toEqual({ kind: 'wrongLength', by: -3 });
    expect(hostFault('refuse')).toEqual({ kind: 'refuse' });
  });

  test('a kind that does not exist, and a parameter that is no whole number, are errors', () => {
    const guest = new Guest();
    const wrong = { kind: 'melt' } as unknown as HostFault;
    expect(() => guest.low(g.OPEN, null, g.RPCI, wrong)).toThrow(/no fault melt/);
    expect(() => guest.command(10, 0, wrong)).toThrow(/no fault melt/);
    const handle = guest.open(g.RPCI);
    expect(() => guest.low(g.RECVSIZE, handle, 0, { kind: 'stall', for: 0.5 })).toThrow(/whole numbers/);
  });
});

describe('an answer of no known host', () => {
  it.each(FAULTS.registers.steps)(
    'registers at %s: the named outputs hold the values, the others what they would',
    (step) => {
      const high = step === 'send' || step === 'receive';
      const { guest, handle } = readyFor(step);
      const fault: HostFault = { kind: 'registers', ebx: 0x12340000, ecx: 0xff0000 };
      const status = injection(guest, handle, step, fault);
      const plain = readyFor(step);
      const usual = injection(plain.guest, plain.handle, step, null);
      expect(status).toBe(high ? 0x1234 : 0xff);
      expect(usual).not.toBe(status);
    },
  );

  it('registers changes nothing that is not named', () => {
    const { guest, handle } = readyFor('recvsize');
    const plain = readyFor('recvsize');
    const frame = guest.low(g.RECVSIZE, handle, 0, { kind: 'registers', ebx: 7 });
    const usual = plain.guest.low(g.RECVSIZE, plain.handle);
    usual.ebx = 7;
    expect(frame).toEqual(usual);
  });

  it('payload: the message begins with the bytes, and is as long as it was', () => {
    const { guest, handle } = readyFor('receive');
    expect(guest.highIn(handle, 2, { kind: 'payload', hex: '41' })[1]).toEqual(bytes('A '));
    const longer = readyFor('receive');
    expect(longer.guest.highIn(longer.handle, 2, { kind: 'payload', hex: '414243' })[1]).toEqual(bytes('AB'));
  });

  it('message: the guest is offered the bytes in place of the answer', () => {
    const { guest, handle } = readyFor('recvsize');
    expect(guest.low(g.RECVSIZE, handle, 0, { kind: 'message', hex: '414243' }).ebx).toBe(3);
    expect(guest.highIn(handle, 3)[1]).toEqual(bytes('ABC'));
  });
});
