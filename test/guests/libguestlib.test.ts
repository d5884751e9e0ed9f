import { afterEach, describe, expect, test } from 'vitest';
import { guestlibInfo } from '../../src/tclo-host/rpci/guestlib.ts';
import { type Bench, type BenchOptions, bench } from '../guest/support/bench.ts';
import { debianFile } from '../guest/support/debian.ts';

/** What of open-vm-tools a program links to that asks for its share of the host: a library of its own, with all in it. */
const library = debianFile('open-vm-tools', /libguestlib\.so\.0\.0\.0$/);

let open: Bench[] = [];

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

/** VMGuestLibError of vmGuestLib.h. */
const [SUCCESS, NOT_AVAILABLE, NO_INFO, UNSUPPORTED] = [0, 4, 5, 10];

interface Opened {
  readonly b: Bench;
  /** Calls `VMGuestLib_NAME(handle, ...)`. */
  readonly call: (name: string, ...args: bigint[]) => number;
  /** Calls one that stores a number, and tells its error or the number. */
  readonly get: (name: string, size?: 4 | 8) => bigint | { readonly error: number };
}

function libguestlib(options: BenchOptions = {}): Opened {
  const b = bench(library ?? '', options);
  open.push(b);
  expect(b.guest.boot()).toBeNull();
  const plain = (name: string, ...args: bigint[]): number => {
    const { outcome, value } = b.guest.call(`VMGuestLib_${name}`, args);
    expect([name, outcome]).toEqual([name, null]);
    return Number(BigInt.asIntN(32, value));
  };
  const place = b.guest.place(8);
  expect(plain('OpenHandle', place)).toBe(SUCCESS);
  const handle = b.guest.machine.readUint(place, 8);
  const call = (name: string, ...args: bigint[]): number => plain(name, handle, ...args);
  const get = (name: string, size: 4 | 8 = 4): bigint | { readonly error: number } => {
    const error = call(name, place);
    return error === SUCCESS ? b.guest.machine.readUint(place, size) : { error };
  };
  return { b, call, get };
}

const DEFAULT_ANSWERS = {
  GetCpuReservationMHz: 0n,
  GetCpuLimitMHz: 0xffffffffn,
  GetCpuShares: 1000n,
  GetHostProcessorSpeed: 2000n,
  GetMemLimitMB: 0xffffffffn,
  GetMemShares: 10240n,
  GetMemUsedMB: 1024n,
  GetMemBalloonedMB: 0n,
};

describe.skipIf(library === null)('libguestlib.so.0 of Debian', () => {
  test('asks the host and tells what it said: version 3', () => {
    const { b, call, get } = libguestlib();
    expect(get('GetCpuShares')).toEqual({ error: NO_INFO });
    b.guest.clock.now = 90_500_000_000;
    expect(call('UpdateInfo')).toBe(SUCCESS);
    expect(b.host.report.rpciCommands).toEqual(['guestlib.info.get 3']);
    for (const [name, value] of Object.entries(DEFAULT_ANSWERS)) expect([name, get(name)]).toEqual([name, value]);
    expect(get('GetElapsedMs', 8)).toBe(90_500n);
    expect(get('GetCpuUsedMs', 8)).toBe(90_500n);
    expect(get('GetMemTargetSizeMB', 8)).toBe(1024n);
    expect(get('GetMemShares64', 8)).toBe(10_240n);
    expect(get('GetSessionId', 8)).not.toBe(0n);
    expect(get('GetHostMemPhysMB', 8)).toEqual({ error: NOT_AVAILABLE });
    expect(b.host.report.channelsOpen).toBe(0);
  });

  test('tells the resource pool, and gives back all that it took', () => {
    const { b, call } = libguestlib();
    const before = b.guest.heap.live.length;
    expect(call('UpdateInfo')).toBe(SUCCESS);
    const [room, size] = [b.guest.place(64), b.guest.place(8)];
    b.guest.machine.writeUint(size, 8, 64n);
    expect(call('GetResourcePoolPath', size, room)).toBe(SUCCESS);
    expect(Buffer.from(b.guest.machine.readCString(room)).toString()).toBe('host/user');
    expect(call('CloseHandle')).toBe(SUCCESS);
    // The handle is gone, the two pieces of ours are there.
    expect(b.guest.heap.live.length).toBe(before - 1 + 2);
  });

  test('goes down to version 2 where the host has no other', () => {
    const { b, call, get } = libguestlib();
    b.host.rpci.handle('guestlib.info.get', ({ argument }, context) => {
      const info = argument === '2' ? guestlibInfo('2', context) : null;
      return info === null ? '0 Unsupported version' : new Uint8Array([0x31, 0x20, ...info]);
    });
    expect(call('UpdateInfo')).toBe(SUCCESS);
    expect(b.host.report.rpciCommands).toEqual(['guestlib.info.get 3', 'guestlib.info.get 2']);
    for (const [name, value] of Object.entries(DEFAULT_ANSWERS)) expect([name, get(name)]).toEqual([name, value]);
    expect(get('GetElapsedMs', 8)).not.toHaveProperty('error');
    expect(get('GetMemZippedMB')).toEqual({ error: UNSUPPORTED });
  });

  test('survives one checkpoint in each payload step', () => {
    let steps = 1;
    for (let injection = 0; injection < steps; injection++) {
      const { b, call, get } = libguestlib();
      steps = 0;
      b.bus.probe = {
        before: ({ registers, string, direction }) => {
          const form = string ? (direction === 'in' ? 'highIn' : 'highOut') : 'low';
          const step = b.host.describe(registers, form)?.step;
          return (step === 'send' || step === 'receive') && steps++ === injection ? { kind: 'checkpoint' } : null;
        },
        after: () => {},
      };
      expect(call('UpdateInfo')).toBe(SUCCESS);
      expect(get('GetHostProcessorSpeed')).toBe(2000n);
      expect(steps).toBeGreaterThan(1);
    }
  });
});
