import { afterEach, describe, expect, test } from 'vitest';
import type { PortAccess } from '../../src/protocol/index.ts';
import type { HostCall, HostFault } from '../../src/tclo-host/index.ts';
import { type Bench, type BenchOptions, bench } from '../guest/support/bench.ts';
import { debianFile } from '../guest/support/debian.ts';

const library = debianFile('open-vm-tools', /libvmtools\.so\.0\.0\.0$/);

let open: Bench[] = [];

function libvmtools(options: BenchOptions = {}): Bench {
  const b = bench(library ?? '', options);
  open.push(b);
  expect(b.guest.boot()).toBeNull();
  return b;
}

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

function call(b: Bench, name: string, ...args: bigint[]): bigint {
  const { outcome, value } = b.guest.call(name, args);
  expect(outcome).toBeNull();
  return value;
}

/** One request on a channel of its own, through RpcOut_Construct, start, send, stop, Destruct. */
function request(b: Bench, text: string): { sent: boolean; status: boolean; reply: string } {
  const { machine } = b.guest;
  const channel = call(b, 'RpcOut_Construct');
  expect(call(b, 'RpcOut_start', channel) & 0xffn).toBe(1n);
  const bytes = Buffer.from(text);
  const [message, status, reply, length] = [b.guest.place(bytes), ...[8, 8, 8].map((size) => b.guest.place(size))];
  if (status === undefined || reply === undefined || length === undefined) throw new Error('unreachable');
  const sent = call(b, 'RpcOut_send', channel, message, BigInt(bytes.length), status, reply, length) & 0xffn;
  const size = Number(machine.readUint(length, 8));
  const answer = Buffer.from(machine.read(machine.readUint(reply, 8), size)).toString();
  expect(call(b, 'RpcOut_stop', channel) & 0xffn).toBe(1n);
  call(b, 'RpcOut_Destruct', channel);
  return { sent: sent === 1n, status: (machine.readUint(status, 1) & 1n) === 1n, reply: answer };
}

/** Sets a guest-info value and reads it back. */
function roundTrip(b: Bench): void {
  expect(request(b, 'info-set guestinfo.x y')).toEqual({ sent: true, status: true, reply: '' });
  expect(request(b, 'info-get guestinfo.x')).toEqual({ sent: true, status: true, reply: 'y' });
}

/** The two hypercalls as three little-endian bytes. */
const INSTRUCTIONS = new Map([
  [0xc1010fn, 'vmcall'],
  [0xd9010fn, 'vmmcall'],
]);

/** Counts accesses by the instruction they came through. */
function watch(b: Bench): Record<string, number> {
  const seen: Record<string, number> = {};
  b.bus.probe = {
    before: (access: PortAccess) => {
      const name =
        INSTRUCTIONS.get(b.guest.machine.readUint(access.pc, 4) & 0xffffffn) ?? (access.string ? 'rep' : 'in');
      seen[name] = (seen[name] ?? 0) + 1;
      return null;
    },
    after: () => {},
  };
  return seen;
}

describe.skipIf(library === null)('libvmtools.so.0 of Debian', () => {
  test('sends and receives by high bandwidth', () => {
    const b = libvmtools();
    const seen = watch(b);
    roundTrip(b);
    expect(Object.keys(seen).sort()).toEqual(['in', 'rep']);
  });

  test('sends and receives by low bandwidth where the host offers no other', () => {
    const b = libvmtools({ host: { highBandwidth: false } });
    const seen = watch(b);
    roundTrip(b);
    expect(Object.keys(seen)).toEqual(['in']);
  });

  test.each(['vmcall', 'vmmcall'] as const)('uses %s where CPUID says so', (hypercall) => {
    const b = libvmtools({ machine: { hypercall } });
    const seen = watch(b);
    roundTrip(b);
    expect(seen[hypercall]).toBeGreaterThan(4);
    expect(seen.rep).toBeUndefined();
  });

  test('finds out that it runs on VMware', () => {
    const b = libvmtools();
    expect(call(b, 'VmCheck_IsVirtualWorld') & 0xffn).toBe(1n);
    const [version, type] = [b.guest.place(4), b.guest.place(4)];
    expect(call(b, 'VmCheck_GetVersion', version, type) & 0xffn).toBe(1n);
    expect(b.guest.machine.readUint(version, 4)).toBe(6n);
  });

  test('a function that needs more of libc than there is says what', () => {
    const b = libvmtools();
    const { outcome } = b.guest.call('Hostinfo_GetLoadAverage', [b.guest.place(4)]);
    expect(outcome).toMatchObject({ kind: 'missingSymbol', symbol: 'getloadavg', use: 'call' });
    expect(outcome?.stack.map((frame) => frame.function)).toContain('Hostinfo_GetLoadAverage');
  });

  // Every payload step of a request, with and without high bandwidth: the library has to start over and win.
  describe.each([true, false])('high bandwidth %s', (highBandwidth) => {
    const payloadSteps = (step: HostCall['step']): boolean => step === 'send' || step === 'receive';
    const formOf = (access: PortAccess): 'low' | 'highIn' | 'highOut' =>
      access.string ? (access.direction === 'in' ? 'highIn' : 'highOut') : 'low';

    function stepsWith(injection: number): { steps: number; injected: boolean } {
      const b = libvmtools({ host: { highBandwidth } });
      let steps = 0;
      let injected = false;
      b.bus.probe = {
        before: (access: PortAccess): HostFault | null => {
          const what = b.host.describe(access.registers, formOf(access));
          if (what === null || !payloadSteps(what.step)) return null;
          if (steps++ !== injection) return null;
          injected = true;
          return { kind: 'checkpoint' };
        },
        after: () => {},
      };
      roundTrip(b);
      return { steps, injected };
    }

    test('survives one checkpoint in each payload step', () => {
      const { steps } = stepsWith(-1);
      expect(steps).toBeGreaterThanOrEqual(4);
      for (let injection = 0; injection < steps; injection++) expect(stepsWith(injection).injected).toBe(true);
    });
  });
});
