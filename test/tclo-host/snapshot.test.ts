import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { VmwareHost } from '../../src/tclo-host/index.ts';
import * as g from './guest.ts';
import { Monkey } from './monkey.ts';

const packr = new Packr({ useRecords: false });
const roundTrip = (state: unknown): unknown => packr.unpack(packr.pack(state));

/** A monkey, its host and its clock. */
function zoo(seed: number): { monkey: Monkey; host: VmwareHost; clock: { now: number } } {
  const clock = { now: 0 };
  const host = new VmwareHost({ now: () => clock.now, seed });
  return { monkey: new Monkey(host, seed), host, clock };
}

test('a host restored from a packed snapshot answers call for call like the one it was taken of', () => {
  fc.assert(
    fc.property(fc.nat(1 << 20), fc.integer({ min: 1, max: 400 }), (seed, calls) => {
      const { monkey, host, clock } = zoo(seed);
      host.event({ name: 'suspend' });
      for (let call = 0; call < calls; call += 1) {
        clock.now += monkey.below(200_000_000);
        monkey.step();
      }
      const state = host.snapshot();
      const other = new VmwareHost({ now: () => clock.now, seed: 12345 });
      other.restore(roundTrip(state));
      expect(other.snapshot()).toEqual(state);
      const [left, right] = [new Monkey(host, seed + 1), new Monkey(other, seed + 1)];
      for (let call = 0; call < 200; call += 1) {
        clock.now += 30_000_000;
        expect(right.step()).toBe(left.step());
      }
      expect(other.report).toEqual(host.report);
      expect(other.nextDeadline()).toBe(host.nextDeadline());
    }),
    { numRuns: 40 },
  );
});

describe('a snapshot', () => {
  test('is not changed by what happens after it', () => {
    const guest = new g.Guest();
    const handle = guest.open(g.RPCI);
    guest.low(g.SENDSIZE, handle, 8);
    guest.low(g.SENDPAYLOAD, handle, 0x20676f6c);
    const tclo = guest.greet();
    const state = guest.host.snapshot();
    const packed = packr.pack(state);
    guest.low(g.SENDPAYLOAD, handle, 0x41414141);
    guest.drain(tclo);
    guest.rpci('info-set guestinfo.a b');
    guest.host.event({ name: 'suspend' });
    expect(packr.pack(state)).toEqual(packed);
  });

  test('brings a half sent message, the session and the store back', () => {
    const guest = new g.Guest();
    guest.rpci('info-set guestinfo.a b');
    const handle = guest.open(g.RPCI);
    guest.low(g.SENDSIZE, handle, 5);
    guest.low(g.SENDPAYLOAD, handle, 0x20676f6c);
    const tclo = guest.greet();
    const state = guest.host.snapshot();
    for (let round = 0; round < 2; round += 1) {
      guest.host.restore(state);
      expect(guest.low(g.SENDPAYLOAD, handle, 0x78).ecx).toBe(0x10000);
      expect(guest.receive(handle)).toEqual(g.bytes('1 '));
      expect(guest.host.report.rpciCommands.at(-1)).toBe('log x');
      expect(guest.drain(tclo)).toEqual(['Capabilities_Register', 'Set_Option broadcastIP 1', 'OS_PowerOn']);
      guest.rpci('info-set guestinfo.a changed');
      guest.host.restore(state);
      expect(guest.rpci('info-get guestinfo.a')).toBe('1 b');
    }
  });
});

test('the same seed gives the same cookies, another seed others', () => {
  const cookies = (seed: number): g.Handle[] => {
    const guest = new g.Guest({ seed });
    return [guest.open(g.RPCI), guest.open(g.TCLO)];
  };
  expect(cookies(1)).toEqual(cookies(1));
  expect(cookies(1)).not.toEqual(cookies(2));
});
