import { describe, expect, it } from 'vitest';
import {
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_PORT,
  CallDecoder,
  type CallView,
  channelOf,
  decodeCall,
  GUESTMSG_FLAG_COOKIE,
  outcomeOf,
  PlainRegisters,
  RPCI_PROTOCOL_NUM,
  statusOf,
  TCLO_PROTOCOL_NUM,
} from '../../src/protocol/index.ts';

type Words = ConstructorParameters<typeof PlainRegisters>[0];

const access = (registers: Words, more: Partial<CallView> = {}): CallView => ({
  port: BDOOR_PORT,
  width: 4,
  direction: 'in',
  string: false,
  count: 1,
  data: new Uint8Array(0),
  ...more,
  registers: new PlainRegisters({ eax: BDOOR_MAGIC, ...registers }),
});

/** A low-bandwidth step on channel 5. */
const step = (sub: number, ebx = 0): CallView =>
  access({ ecx: sub * 0x10000 + 0x1e, edx: 0x5_5658, ebx, esi: 0xffff0001, edi: 0xffff0002 });

/** A high-bandwidth one. */
const high = (registers: Words, more: Partial<CallView>): CallView =>
  access({ ebx: 0x10000, edx: 0x5_5659, ...registers }, { port: BDOORHB_PORT, width: 1, string: true, ...more });

const onChannel = { channel: 5, cookieHigh: 0xffff0001, cookieLow: 0xffff0002 };

describe('a message step has its fields by name', () => {
  it.each([
    [1, 300, { step: 'sendsize', length: 300, status: 0 }],
    [2, 0x64636261, { step: 'send', length: 4, data: Uint8Array.from(Buffer.from('abcd')) }],
    [3, 7, { step: 'recvsize', length: 0, status: 0 }],
    [4, 1, { step: 'receive', length: 4, status: 1 }],
    [5, 1, { step: 'status', length: 0, status: 1 }],
    [6, 9, { step: 'close', length: 0, status: 0 }],
  ])('low bandwidth, sub command %i', (sub, ebx, fields) => {
    expect(decodeCall(step(sub, ebx))).toMatchObject({
      kind: 'message',
      form: 'low',
      number: 0x1e,
      subCommand: sub,
      protocol: null,
      ...onChannel,
      ...fields,
    });
  });

  it('high bandwidth: the bytes of the guest, or how many it asks for', () => {
    const data = Uint8Array.of(1, 2, 3);
    const cookies = { ebp: 0xffff0001, edi: 0xffff0002 };
    expect(decodeCall(high(cookies, { direction: 'out', count: 3, data }))).toMatchObject({
      kind: 'message',
      form: 'high',
      number: 0,
      step: 'send',
      subCommand: 2,
      length: 3,
      data,
      status: 1,
      ...onChannel,
    });
    expect(
      decodeCall(high({ esi: 0xffff0001, ebp: 0xffff0002, ebx: 0 }, { direction: 'in', width: 2, count: 50 })),
    ).toMatchObject({ form: 'high', step: 'receive', subCommand: 4, length: 100, status: 0, ...onChannel });
  });

  it.each([
    [RPCI_PROTOCOL_NUM, { protocol: 'rpci', cookies: false }],
    [TCLO_PROTOCOL_NUM + GUESTMSG_FLAG_COOKIE, { protocol: 'tclo', cookies: true, protocolNumber: TCLO_PROTOCOL_NUM }],
    [GUESTMSG_FLAG_COOKIE + 7, { protocol: null, cookies: true, protocolNumber: 7 }],
  ])('OPEN of 0x%x', (ebx, fields) => {
    expect(decodeCall(step(0, ebx))).toMatchObject({ step: 'open', channel: null, ...fields });
  });
});

describe('what is no message step', () => {
  it.each([
    ['another command', access({ ecx: 0x3_000a }), { kind: 'command', number: 0x0a, subCommand: 3 }],
    ['an unknown sub command', step(7), { kind: 'command', number: 0x1e, subCommand: 7 }],
    ['no magic', access({ eax: 1 }), { kind: 'missed', why: 'noMagic' }],
    ['string I/O on the call port', access({}, { string: true }), { kind: 'missed', why: 'wrongForm' }],
    ['a plain OUT on the transfer port', high({}, { string: false }), { kind: 'missed', why: 'wrongForm' }],
    ['another command of the transfer port', high({ ebx: 0x10001 }, {}), { kind: 'missed', why: 'notAMessage' }],
    ['another port', access({}, { port: 0x60 }), { kind: 'port' }],
  ])('%s', (_, view, call) => {
    expect(decodeCall(view)).toEqual(call);
  });
});

it('one decoder makes no object a call, and leaves nothing of the call before in those it has', () => {
  const decoder = new CallDecoder();
  const [low, transfer] = [
    decoder.decode(step(0, RPCI_PROTOCOL_NUM + GUESTMSG_FLAG_COOKIE)),
    decoder.decode(high({}, {})),
  ];
  for (const view of [step(2, 0x41424344), high({}, { count: 9 }), step(0, TCLO_PROTOCOL_NUM), step(5, 1), step(6)]) {
    const call = decoder.decode(view);
    expect(call).toBe(view.string ? transfer : low);
    expect(call).toEqual(decodeCall(view));
  }
});

describe('what a message call came to', () => {
  it('is in ecx of a low-bandwidth one, in ebx of a high-bandwidth one', () => {
    const after = new PlainRegisters({ ebx: 0x10_0001, ecx: 0x83_0001 });
    expect([statusOf('low', after), statusOf('high', after)]).toEqual([0x83, 0x10]);
  });

  it.each([
    [0x01, 'ok'],
    [0x83, 'ok'],
    [0x00, 'refused'],
    [0x10, 'checkpoint'],
    [0x20, 'status 0x20, poweroff'],
  ])('status 0x%x is %s', (status, outcome) => {
    expect(outcomeOf(status)).toBe(outcome);
  });

  it('names the channel: the one that OPEN gave, else the one of the call', () => {
    const opening = new CallDecoder().low(step(0, RPCI_PROTOCOL_NUM).registers);
    const closing = new CallDecoder().low(step(6).registers);
    if (opening.kind !== 'message' || closing.kind !== 'message') throw new Error('no messages');
    const opened = new PlainRegisters({ ecx: 0x10000, edx: 0x3_0000 });
    expect(channelOf(opening, opened)).toBe(3);
    expect(channelOf(opening, new PlainRegisters({ edx: 0x3_0000 }))).toBeNull();
    expect(channelOf(closing, opened)).toBe(5);
  });
});
