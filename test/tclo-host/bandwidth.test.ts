import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as g from './guest.ts';
import { type Guest as GuestType, RECVSIZE, RECVSTATUS, RPCI, SENDSIZE } from './guest.ts';

const bandwidth = fc.constantFrom('high' as const, 'low' as const);
const message = fc.uint8Array({ minLength: 1, maxLength: 300 });

function echoing(): GuestType {
  const guest = new g.Guest();
  guest.host.rpci.handle('*', ({ bytes }) => bytes);
  return guest;
}

test('any bytes go both ways by either bandwidth, chosen anew for each message', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(message, bandwidth, bandwidth), { maxLength: 8 }), (messages) => {
      const guest = echoing();
      const handle = guest.open(RPCI);
      for (const [data, there, back] of messages) {
        guest.send(handle, data, there);
        expect(guest.receive(handle, back)).toEqual(data);
      }
    }),
  );
});

test('a transfer cut into pieces arrives whole', () => {
  fc.assert(
    fc.property(message, fc.array(fc.nat(300), { maxLength: 5 }), (data, cuts) => {
      const guest = echoing();
      const handle = guest.open(RPCI);
      const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < data.length), data.length])];
      ends.sort((a, b) => a - b);
      guest.low(SENDSIZE, handle, data.length);
      let start = 0;
      for (const end of ends) {
        expect(guest.highOut(handle, data.subarray(start, end)).ebx).toBe(0x10000);
        start = end;
      }
      expect(guest.low(RECVSIZE, handle).ebx).toBe(data.length);
      const received: number[] = [];
      for (const end of ends) received.push(...(guest.highIn(handle, end - received.length)[1] ?? []));
      expect(Uint8Array.from(received)).toEqual(data);
      expect(guest.low(RECVSTATUS, handle, 1).ecx).toBe(0x10000);
    }),
  );
});

test('a receive of more than there is gives what there is', () => {
  const guest = echoing();
  const handle = guest.open(RPCI);
  guest.send(handle, g.bytes('abc'));
  guest.low(RECVSIZE, handle);
  const [frame, data] = guest.highIn(handle, 4096);
  expect([frame.ebx, data]).toEqual([0x10000, g.bytes('abc')]);
});

test('SENDSIZE and RECVSIZE start a transfer over', () => {
  const guest = echoing();
  const handle = guest.open(RPCI);
  guest.low(SENDSIZE, handle, 6);
  guest.highOut(handle, g.bytes('abc'));
  guest.send(handle, g.bytes('whole'));
  guest.low(RECVSIZE, handle);
  expect(guest.highIn(handle, 2)[1]).toEqual(g.bytes('wh'));
  expect(guest.receive(handle)).toEqual(g.bytes('whole'));
});

test('the bytes that a guest sent stay what they were when its buffer changes', () => {
  const guest = echoing();
  const handle = guest.open(RPCI);
  const buffer = g.bytes('abc');
  guest.send(handle, buffer);
  buffer.fill(0);
  expect(guest.receive(handle)).toEqual(g.bytes('abc'));
});
