import { describe, expect, test } from 'vitest';
import type { CallForm, HostCall } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import * as g from './guest.ts';

const { Guest, bytes } = g;

function reported(
  guest: g.Guest,
  form: CallForm,
  sub: number,
  handle: g.Handle | null,
  ebx = 0,
  data?: Uint8Array,
): HostCall | null {
  const { id = 0, high = 0, low = 0 } = handle ?? {};
  const cookies = { low: { esi: high, edi: low }, highOut: { ebp: high, edi: low }, highIn: { esi: high, ebp: low } };
  const frame = Frame.of({ eax: g.MAGIC, ebx, ecx: sub * 0x10000 + 0x1e, edx: id * 0x10000, ...cookies[form] });
  const before = frame.wide.slice();
  const call = guest.host.describe(frame, form, data ?? null);
  expect(frame.wide).toEqual(before);
  return call;
}

test('a conversation, step by step', () => {
  const guest = new Guest();
  const open = reported(guest, 'low', g.OPEN, null, g.RPCI + g.COOKIE);
  expect(open).toEqual({ protocol: 'rpci', step: 'open', channel: null, command: null });
  const handle = guest.open(g.RPCI);
  const step = (form: CallForm, sub: number, data?: Uint8Array): unknown => {
    const call = reported(guest, form, sub, handle, 0, data);
    expect(call).toMatchObject({ protocol: 'rpci', channel: 0 });
    return [call?.step, call?.command];
  };
  expect(step('low', g.SENDSIZE)).toEqual(['sendsize', null]);
  guest.low(g.SENDSIZE, handle, 5);
  expect(step('highOut', 0, bytes('log x'))).toEqual(['send', 'log x']);
  expect(step('low', g.SENDPAYLOAD)).toEqual(['send', null]);
  guest.low(g.SENDPAYLOAD, handle, 0x20676f6c);
  expect(step('low', g.SENDPAYLOAD)).toEqual(['send', 'log ']);
  guest.low(g.SENDPAYLOAD, handle, 0x78);
  expect(step('low', g.RECVSIZE)).toEqual(['recvsize', 'log x']);
  expect(step('highIn', 0)).toEqual(['receive', 'log x']);
  expect(step('low', g.RECVPAYLOAD)).toEqual(['receive', 'log x']);
  expect(step('low', g.RECVSTATUS)).toEqual(['status', 'log x']);
  expect(step('low', g.CLOSE)).toEqual(['close', 'log x']);
});

test('on TCLO the command is the message posted or being answered', () => {
  const guest = new Guest();
  const handle = guest.open(g.TCLO);
  const command = (sub: number): string | null | undefined => reported(guest, 'low', sub, handle)?.command;
  expect(command(g.SENDSIZE)).toBeNull();
  guest.send(handle, bytes(''));
  expect(command(g.RECVSIZE)).toBe('reset');
  guest.receive(handle);
  expect(command(g.SENDSIZE)).toBe('reset');
  expect(reported(guest, 'highOut', 0, handle, 0, bytes('OK ATR toolbox'))?.command).toBe('reset');
});

describe('calls that are no conversation', () => {
  test('other commands and sub commands are null', () => {
    const guest = new Guest();
    for (const ecx of [0x0a, 0x2e, 0x7001e]) {
      expect(guest.host.describe(Frame.of({ eax: g.MAGIC, ecx }), 'low')).toBeNull();
    }
  });

  test('a wrong cookie or a closed channel has no protocol, and is not logged', () => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    const nobody = { protocol: null, step: 'recvsize', command: null };
    expect(reported(guest, 'low', g.RECVSIZE, { ...handle, low: 1 })).toEqual({ ...nobody, channel: 0 });
    expect(reported(guest, 'low', g.RECVSIZE, { ...handle, id: 5 })).toEqual({ ...nobody, channel: 5 });
    expect(reported(guest, 'low', g.OPEN, null, 1)).toMatchObject({ protocol: null, step: 'open' });
    expect(guest.log).toEqual([]);
  });
});
