import { afterEach, describe, expect, test } from 'vitest';
import { type Bench, type BenchOptions, bench, fixturePath } from '../guest/support/bench.ts';

let open: Bench[] = [];

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

function driver(machine: string, options: BenchOptions = {}): Bench {
  const b = bench(fixturePath(`vmt-patched-${machine}.o`), options);
  open.push(b);
  return b;
}

/** dev/pv/pvvar.h */
const PVBUS_KVREAD = 0n;
const PVBUS_KVWRITE = 1n;
/** sys/device.h */
const DVACT_RESUME = 4n;

const text = (value: string): Uint8Array => Buffer.from(`${value}\0`);

describe.each(['amd64', 'i386'])('vmt on %s', (machine) => {
  test('the kernel is guessed, the driver attached, its hooks run and its first timeout pending', () => {
    const { guest } = driver(machine);
    expect(guest.kernel).toBe('openbsd');
    expect(guest.nextDeadline()).toBeNull();
    expect(guest.boot()).toBeNull();
    expect(guest.stubsCalled).toEqual(
      expect.arrayContaining(['malloc', 'config_mountroot', 'timeout_add_sec', 'microtime', 'getuptime', 'task_add']),
    );
    // The task of the mountroot hook is due now, the first poll a second after the attach.
    expect(guest.nextDeadline()).toBe(guest.clock.now);
    expect(guest.step()).toBeNull();
    expect(guest.nextDeadline()).toBe(1_000_000_000);
  });

  test('a driver that finds no VMware is not attached', () => {
    const b = driver(machine);
    b.guest.machine.onPort = (access) => {
      access.registers.eax = 0xffffffff;
    };
    expect(b.guest.boot()).toMatchObject({ kind: 'notAttached', driver: 'vmt' });
    expect([b.lines(), b.guest.nextDeadline()]).toEqual([[], null]);
  });

  test('polls each second on the tick, without drift', () => {
    const b = driver(machine, { host: { session: 'resetOnly' } });
    const times: number[] = [];
    b.bus.probe = { before: () => null, after: () => times.push(b.guest.clock.now) };
    b.run(100);
    const seconds = new Set(times.map((at) => Math.floor(at / 1e9)));
    expect(seconds.size).toBe(100);
    expect(times.every((at) => at % 10_000_000 < 1_000_000)).toBe(true);
  });

  test.each([
    ['halt', 'Shutting down in response to request from vmt0 host'],
    ['reboot', 'Rebooting in response to request from vmt0 host'],
  ] as const)('%s ends the run', (how, line) => {
    const b = driver(machine);
    expect(b.run(60, [{ at: 20, do: () => b.host.event({ name: how }) }])).toMatchObject({ kind: 'halted', how });
    expect(b.lines()).toContain(line);
    expect(b.host.report.tcloReplies.at(-1)).toBe('OK ');
    // The driver was told that the power goes: it says goodbye and leaves nothing open.
    expect(b.host.report.channelsOpen).toBe(0);
    expect(b.host.report.rpciCommands.at(-1)).toBe('tools.capability.hgfs_server toolbox 0');
  });

  test('the key and value interface of pvbus', () => {
    const b = driver(machine);
    expect(b.guest.boot()).toBeNull();
    const [self, key, value] = [b.guest.symbol('self') ?? 0n, b.guest.place(text('guestinfo.x')), b.guest.place(4096)];
    const kvop = (op: bigint): bigint => {
      const { outcome, value: error } = b.guest.call('vmt_kvop', [self, op, key, value, 4096n]);
      expect(outcome).toBeNull();
      return error;
    };
    b.guest.machine.write(value, text('hello'));
    expect(kvop(PVBUS_KVWRITE)).toBe(0n);
    b.guest.machine.write(value, new Uint8Array(4096));
    expect(kvop(PVBUS_KVREAD)).toBe(0n);
    expect(Buffer.from(b.guest.machine.readCString(value)).toString()).toBe('hello');
  });

  test('resumes by vmt_activate', () => {
    const b = driver(machine);
    expect(b.guest.boot()).toBeNull();
    const result = b.guest.call('vmt_activate', [b.guest.symbol('self') ?? 0n, DVACT_RESUME]);
    expect(result).toMatchObject({ outcome: null, value: 0n });
    expect(b.guest.stubsCalled).toContain('resume_randomness');
  });

  test('a failed attach leaves nothing pending and nothing on the heap', () => {
    const b = driver(machine);
    b.bus.probe = {
      before: (access) => (b.host.describe(access.registers, 'low')?.step === 'open' ? { kind: 'refuse' } : null),
      after: () => {},
    };
    expect(b.guest.boot()).toBeNull();
    expect(b.lines().some((line) => /^vmt0: .*open/.test(line))).toBe(true);
    expect([b.guest.heap.live, b.guest.nextDeadline()]).toEqual([[], null]);
  });

  test('a snapshot brings guest, kernel and console back', () => {
    const b = driver(machine);
    const seen: string[] = [];
    b.bus.probe = {
      before: () => null,
      after: ({ registers, pc }) => seen.push(`${pc} ${registers.eax} ${registers.ecx}`),
    };
    const runUntil = (end: number): void => {
      for (let next = b.guest.nextDeadline(); next !== null && next <= end; next = b.guest.nextDeadline()) {
        b.guest.clock.now = Math.max(next, b.guest.clock.now);
        b.host.advance();
        expect(b.guest.step()).toBeNull();
      }
    };
    expect(b.guest.boot()).toBeNull();
    runUntil(5e9);
    const guest = b.guest.snapshot();
    const host = b.host.snapshot();
    const play = (): unknown => {
      seen.length = 0;
      b.host.event({ name: 'tclo.break' });
      runUntil(20e9);
      return [[...seen], b.lines(), b.guest.heap.live, b.guest.clock.now, b.guest.stubsCalled];
    };
    const first = play();
    b.guest.restore(guest);
    b.host.restore(host);
    expect(b.lines()).toEqual(['vmt0 at pvbus0']);
    expect(play()).toEqual(first);
    expect(b.lines().length).toBeGreaterThan(3);
  });

  test('the same run twice is the same', () => {
    const once = (): unknown => {
      const b = driver(machine);
      const seen: string[] = [];
      b.bus.probe = {
        before: () => null,
        after: ({ registers }) => seen.push(`${b.guest.clock.now} ${registers.rax}`),
      };
      b.run(30);
      return [seen, b.guest.console];
    };
    expect(once()).toEqual(once());
  });

  test('the host name of the options reaches the host', () => {
    const b = driver(machine, { hostname: 'guest.example.com' });
    b.run(2);
    expect(b.host.report.rpciCommands).toContain('SetGuestInfo  1 guest.example.com');
  });
});
