import { describe, expect, test } from 'vitest';
import { notice, type PortAccess } from '../../src/protocol/index.ts';
import { nearMissViolation } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import * as g from './guest.ts';

const { Guest, bytes } = g;

type Values = Parameters<typeof Frame.of>[0];

/** An access as the bus would hand it over. */
function accessOf(values: Values, more: Partial<PortAccess> = {}): PortAccess {
  const registers = Frame.of(values);
  return {
    port: registers.edx & 0xffff,
    width: 4,
    direction: 'in',
    string: false,
    count: 1,
    registers,
    data: new Uint8Array(0),
    pc: 0n,
    ...more,
  };
}

const transfer = (direction: 'in' | 'out', count: number): Partial<PortAccess> => ({
  port: 0x5659,
  width: 1,
  direction,
  string: true,
  count,
});

/** A guest with channel 0 for RPCI, and what is wrong with an access of its. */
function opened(): { guest: g.Guest; handle: g.Handle; titleOf: (access: PortAccess) => string | null } {
  const guest = new Guest();
  const handle = guest.open(g.RPCI);
  return { guest, handle, titleOf: (access) => guest.host.conformity.violation(access)?.title ?? null };
}

/** A step's registers, right. */
const step = (sub: number, { id, high, low }: g.Handle, ebx = 0): Values => ({
  eax: g.MAGIC,
  ebx,
  ecx: sub * 0x10000 + 0x1e,
  edx: id * 0x10000 + 0x5658,
  esi: high,
  edi: low,
});

describe('a right call has nothing wrong', () => {
  test.each([0x01, 0x0a, 0x13, 0x2e, 0x68])('command 0x%x', (ecx) => {
    expect(opened().titleOf(accessOf({ eax: g.MAGIC, ecx, edx: 0x5658 }))).toBeNull();
  });

  test('a whole request, by both bandwidths', () => {
    for (const by of ['high', 'low'] as const) {
      const { guest, handle, titleOf } = opened();
      const ask = (sub: number, ebx = 0): void => expect(titleOf(accessOf(step(sub, handle, ebx)))).toBeNull();
      const { high, low, id } = handle;
      const edx = id * 0x10000 + 0x5659;
      ask(g.SENDSIZE, 5);
      guest.low(g.SENDSIZE, handle, 5);
      const out = { eax: g.MAGIC, ebx: 0x10000, ecx: 5, edx, ebp: high, edi: low };
      if (by === 'high') expect(titleOf(accessOf(out, transfer('out', 5)))).toBeNull();
      else ask(g.SENDPAYLOAD, 0x20676f6c);
      guest.send(handle, bytes('log x'), by);
      ask(g.RECVSIZE);
      const size = guest.low(g.RECVSIZE, handle).ebx;
      const into = { eax: g.MAGIC, ebx: 0x10000, ecx: size, edx, esi: high, ebp: low };
      if (by === 'high') expect(titleOf(accessOf(into, transfer('in', size)))).toBeNull();
      else ask(g.RECVPAYLOAD, 1);
      if (by === 'high') guest.highIn(handle, size);
      else guest.low(g.RECVPAYLOAD, handle, 1);
      ask(g.RECVSTATUS, 1);
      guest.low(g.RECVSTATUS, handle, 1);
      ask(g.CLOSE);
    }
  });

  test('a channel without cookies may have anything in ESI and EDI', () => {
    const guest = new Guest();
    const { id } = guest.open(g.RPCI, 0);
    const access = accessOf(step(g.CLOSE, { id, high: 0xdead, low: 0xbeef }));
    expect(guest.host.conformity.violation(access)).toBeNull();
  });

  test('a message that fills a buffer may be cut there', () => {
    const { guest, handle, titleOf } = opened();
    guest.host.post(handle.id, new Uint8Array(5000));
    guest.low(g.RECVSIZE, handle);
    guest.highIn(handle, 4095);
    expect(titleOf(accessOf(step(g.RECVSTATUS, handle, 1)))).toBeNull();
  });
});

describe('a wrong one is named with its register', () => {
  test.each<[string, (right: Values) => Values, string]>([
    ['a lost cookie', (right) => ({ ...right, esi: 0 }), "ESI does not hold the cookie's high half: it was not loaded"],
    [
      'half of one',
      (right) => ({ ...right, edi: (right.edi ?? 0) & 0xffff }),
      "EDI does not hold the cookie's low half: only its low 16 bits were loaded",
    ],
    [
      'exchanged halves',
      (right) => ({ ...right, esi: right.edi ?? 0, edi: right.esi ?? 0 }),
      'ESI and EDI are exchanged',
    ],
    ['none of it', (right) => ({ ...right, esi: 1, edi: 2 }), 'ESI and EDI do not hold the cookie: it was not loaded'],
    [
      'a half that another register has',
      (right) => ({ ...right, esi: 7, ebx: right.esi ?? 0 }),
      "ESI does not hold the cookie's high half: EBX holds it",
    ],
    [
      "high bandwidth's layout",
      (right) => ({ ...right, ebp: right.esi ?? 0, esi: 0x1000 }),
      'EBP and EDI hold the cookie, as for a send by high bandwidth; this is a step on port 0x5658',
    ],
    [
      'another channel',
      (right) => ({ ...right, edx: 0x55658 }),
      "EDX's high half is not the channel that the cookie belongs to",
    ],
    [
      'no channel at all',
      (right) => ({ ...right, edx: 0x55658, esi: 3 }),
      "EDX's high half names a channel that is not open",
    ],
    ['a step that is none', (right) => ({ ...right, ecx: 0x7001e }), "ECX's high half is no step of a message"],
    ['a step that was lost', (right) => ({ ...right, ecx: 0x1e }), "ECX's high half has no step: it was lost"],
    [
      'halves exchanged',
      (right) => ({ ...right, ecx: 0x1e0006 }),
      "ECX's low half is no command: its halves are exchanged",
    ],
    ['no command', (right) => ({ ...right, ecx: 0x60beef }), "ECX's low half is no command: it was not loaded"],
    [
      'a command in EBX',
      (right) => ({ ...right, ecx: 0xbeef, ebx: 0x6001e }),
      "ECX's low half is no command: EBX looks like one, the two are exchanged",
    ],
  ])('%s', (_name, change, title) => {
    const { handle, titleOf } = opened();
    expect(titleOf(accessOf(change(step(g.CLOSE, handle))))).toBe(title);
  });

  test.each([
    [0, 'it was not loaded'],
    [0x4354, 'only its low 16 bits were loaded'],
    [0x5052c943, 'its halves are exchanged'],
  ])('OPEN with EBX 0x%x', (ebx, cause) => {
    const { titleOf } = opened();
    const access = accessOf({ eax: g.MAGIC, ebx, ecx: 0x1e, edx: 0x5658 });
    expect(titleOf(access)).toBe(`EBX does not hold a protocol for OPEN: ${cause}`);
  });

  test('values are in the explanation', () => {
    const { guest, handle } = opened();
    const access = accessOf({ ...step(g.CLOSE, handle), esi: 0xabc });
    expect(guest.host.conformity.violation(access)?.explanation).toBe(
      `ESI holds 0xabc, the cookie's high half is 0x${handle.high.toString(16)}: it was not loaded. It was a step on port 0x5658, on channel 0.`,
    );
  });
});

describe('order and measure', () => {
  const send = (count: number, more: Values, width: 1 | 2 = 1): [Values, Partial<PortAccess>] => [
    { eax: g.MAGIC, ebx: 0x10000, ecx: count, edx: 0x5659, ...more },
    { ...transfer('out', count), width },
  ];

  test.each<[string, number, Values, string | null]>([
    ['one more', 6, {}, 'the length is 1 more than was announced by SENDSIZE'],
    ['many more', 9, {}, 'the length is more than was announced by SENDSIZE'],
    ['EBX 1', 5, { ebx: 1 }, 'EBX does not ask for a transfer of a message: its halves are exchanged'],
    ['another command', 5, { ebx: 0x10001 }, 'EBX does not ask for a transfer of a message: it was not loaded'],
    ['no REP', 1, { ecx: 5 }, 'a transfer moves one byte: it has no REP'],
    ['right', 5, {}, null],
  ])('a send of 5 bytes: %s', (_name, count, wrong, title) => {
    const { guest, handle, titleOf } = opened();
    guest.low(g.SENDSIZE, handle, 5);
    expect(titleOf(accessOf(...send(count, { ebp: handle.high, edi: handle.low, ...wrong })))).toBe(title);
  });

  test("a send by words, in a receive's layout, and without SENDSIZE", () => {
    const { handle, titleOf } = opened();
    const { high, low } = handle;
    expect(titleOf(accessOf(...send(5, { ebp: high, edi: low }, 2)))).toBe('a transfer goes by words instead of bytes');
    expect(titleOf(accessOf(...send(5, { esi: high, ebp: low })))).toMatch(/as for a receive by high bandwidth/);
    expect(titleOf(accessOf(...send(5, { ebp: high, edi: low })))).toBe('a payload was sent without SENDSIZE');
  });

  test('a message that was not sent whole, whatever comes next', () => {
    const { guest, handle, titleOf } = opened();
    guest.low(g.SENDSIZE, handle, 6);
    guest.highOut(handle, bytes('log x'));
    for (const next of [g.SENDSIZE, g.RECVSIZE, g.CLOSE]) {
      const title = 'a message was not sent whole: the length was 1 less than was announced';
      expect(titleOf(accessOf(step(next, handle)))).toBe(title);
    }
  });

  test('what is wrong in a receive', () => {
    const { guest, handle, titleOf } = opened();
    const { high, low } = handle;
    const into = (count: number, more: Values = {}): string | null =>
      titleOf(
        accessOf(
          { eax: g.MAGIC, ebx: 0x10000, ecx: count, edx: 0x5659, esi: high, ebp: low, ...more },
          transfer('in', count),
        ),
      );
    expect(into(2)).toBe('a payload was asked for without RECVSIZE');
    expect(titleOf(accessOf(step(g.RECVSTATUS, handle, 1)))).toBe('RECVSTATUS came without a message');
    guest.send(handle, bytes('info-get guestinfo.x'));
    const size = guest.low(g.RECVSIZE, handle).ebx;
    expect(into(size)).toBeNull();
    expect(into(size + 1)).toBe('the length is 1 more than was announced by RECVSIZE');
    guest.highIn(handle, size - 1);
    expect(titleOf(accessOf(step(g.RECVPAYLOAD, handle, 1)))).toBe('one message goes by high and by low bandwidth');
    expect(titleOf(accessOf(step(g.RECVSTATUS, handle, 1)))).toBe(
      'a message was not fetched whole: the length was 1 less than was announced',
    );
    expect(titleOf(accessOf(step(g.RECVSTATUS, handle, 0)))).toBeNull();
    guest.highIn(handle, 1);
    expect(titleOf(accessOf(step(g.RECVSTATUS, handle, 0)))).toBe(
      'EBX of RECVSTATUS says that the guest failed, though nothing did',
    );
  });

  test('a SENDSIZE of what is no length', () => {
    const { handle, titleOf } = opened();
    expect(titleOf(accessOf(step(g.SENDSIZE, handle, 0x10001)))).toBe(
      'SENDSIZE announces more than a message can have',
    );
  });

  test('a narrow IN', () => {
    const { handle, titleOf } = opened();
    expect(titleOf(accessOf(step(g.CLOSE, handle), { width: 1 }))).toBe('a call is made by an IN or OUT of 1 byte');
  });
});

describe('a near miss', () => {
  const near = (
    kind: Parameters<typeof notice>[0],
    values: Values,
    more: Partial<PortAccess> = {},
    lost: string | null = null,
  ) => nearMissViolation(notice(kind, accessOf(values, more)), lost)?.title ?? null;

  test.each<[string, string | null]>([
    [
      near('noMagic', { eax: 0x5868, edx: 0x5658 }) ?? '',
      'EAX does not hold the magic: only its low 16 bits were loaded',
    ],
    [near('noMagic', { eax: 0x68584d56, edx: 0x5658 }) ?? '', 'EAX does not hold the magic: its bytes are reversed'],
    [near('noMagic', { eax: 5, ebx: g.MAGIC, edx: 0x5658 }) ?? '', 'EAX does not hold the magic: EBX holds it'],
    [
      near('unownedPort', { eax: g.MAGIC, edx: 0x56580001 }) ?? '',
      'EDX has no port in its low half: its halves are exchanged',
    ],
    [near('unownedPort', { eax: g.MAGIC, edx: 0x10000 }) ?? '', 'EDX has no port in its low half: it was not loaded'],
    [
      near('wrongForm', { eax: g.MAGIC, edx: 0x5658 }, { string: true }) ?? '',
      'EDX has the wrong port: a transfer by string I/O on a port that has none',
    ],
    [
      near('wrongForm', { eax: g.MAGIC, edx: 0x5659 }) ?? '',
      'EDX has the wrong port: a plain IN or OUT on the port for transfers',
    ],
    [near('unownedPort', {}, {}, 'a frame of zeros') ?? '', 'the registers of a call were lost'],
  ])('is %s', (title, expected) => {
    expect(title).toBe(expected);
  });

  test('an access to a port that nobody owns is none', () => {
    expect(near('unownedPort', { eax: 1, edx: 0x60 })).toBeNull();
  });
});
