import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { defineStub } from '../../src/guest/index.ts';
import type { PortAccess } from '../../src/protocol/index.ts';
import type { HostFault } from '../../src/tclo-host/index.ts';
import { type Bench, type BenchOptions, bench } from '../guest/support/bench.ts';
import { compileBytes, hasCompiler, KERNEL, MACHINES } from '../guest/support/compile.ts';

const directory = mkdtempSync(join(tmpdir(), 'vmtbench-guestrpc-'));
const source = readFileSync(new URL('guestrpc.c', import.meta.url), 'utf8');

afterAll(() => rmSync(directory, { recursive: true, force: true }));

let open: Bench[] = [];

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

/** Compiled as boot loaders are: on i386 with arguments in registers. */
const BUILDS = MACHINES.flatMap((machine) =>
  (machine === 'amd64' ? [false] : [true, false]).map((regparm) => ({ machine, regparm })),
);

describe.skipIf(!hasCompiler).each(BUILDS)('a boot loader, $machine, regparm $regparm', ({ machine, regparm }) => {
  const path = join(directory, `guestrpc-${machine}-${regparm}.o`);
  if (hasCompiler) {
    writeFileSync(
      path,
      compileBytes(source, machine, ['-O2', ...KERNEL[machine], ...(regparm ? ['-mregparm=3'] : [])]),
    );
  }

  function load(options: BenchOptions = {}): Bench & { said: string[] } {
    const said: string[] = [];
    const say = defineStub('say', 'int', ['ptr'], ([format], { rest }) => {
      const text = Buffer.from(b.guest.machine.readCString(format)).toString();
      said.push(
        text.replace(/%(s|d|08x)/g, (_, how) => {
          const value = rest.word();
          if (how === 's') return Buffer.from(b.guest.machine.readCString(value)).toString();
          return how === 'd' ? String(value) : value.toString(16).padStart(8, '0');
        }),
      );
      return 0;
    });
    // A function with `...` takes all of it from the stack, also where the others use registers.
    const stubs = new Map([['say', { ...say, variadic: true }]]);
    const b = bench(path, { kernel: 'bare', regparm, stubs, ...options });
    open.push(b);
    return { ...b, said };
  }

  function call(b: Bench, name: string, ...args: bigint[]): number {
    const { outcome, value } = b.guest.call(name, args);
    expect(outcome).toBeNull();
    return Number(BigInt.asIntN(32, value));
  }

  const text = (b: Bench, value: string): bigint => b.guest.place(Buffer.from(`${value}\0`));

  test('asks for a setting on a channel that stays open', () => {
    const b = load();
    b.host.rpci.store.set('guestinfo.boot.file', Buffer.from('menu.ipxe'));
    const channel = BigInt(call(b, 'rpc_open'));
    const value = b.guest.place(32);
    expect(call(b, 'rpc_setting', channel, text(b, 'info-get guestinfo.boot.file'), value, 32n)).toBe(9);
    expect(Buffer.from(b.guest.machine.read(value, 9)).toString()).toBe('menu.ipxe');
    expect(call(b, 'rpc_command', channel, text(b, 'log booting'), value, 32n)).toBe(2);
    expect(b.host.report.channelsOpen).toBe(1);
    expect(call(b, 'rpc_close', channel)).toBe(0);
    expect(b.host.report).toMatchObject({
      channelsOpen: 0,
      rpciCommands: ['info-get guestinfo.boot.file', 'info-get guestinfo.boot.file', 'log booting'],
    });
    expect(b.said).toEqual([]);
  });

  test('a setting that is not there is no setting', () => {
    const b = load();
    const channel = BigInt(call(b, 'rpc_open'));
    expect(call(b, 'rpc_setting', channel, text(b, 'info-get guestinfo.none'), b.guest.place(32), 32n)).toBe(-1);
  });

  test('needs the host to offer the high bandwidth that it never uses', () => {
    const b = load({ host: { highBandwidth: false } });
    const channel = BigInt(call(b, 'rpc_open'));
    expect(call(b, 'rpc_command', channel, text(b, 'log x'), 0n, 0n)).toBe(-1);
    expect(b.said).toEqual([`send length on channel ${channel} failed: 00010000`]);
  });

  test.each([
    ['send', 'checkpoint', 'send data', '00100000'],
    ['receive', 'checkpoint', 'reply data', '00100000'],
    ['status', 'checkpoint', 'reply finish', '00100000'],
    ['recvsize', 'refuse', 'reply length', '00000000'],
  ] as const)('gives up at once: %s, %s', (step, kind, what, status) => {
    const b = load();
    b.bus.probe = {
      before: ({ registers }: PortAccess): HostFault | null =>
        b.host.describe(registers, 'low')?.step === step ? { kind } : null,
      after: () => {},
    };
    const channel = BigInt(call(b, 'rpc_open'));
    expect(call(b, 'rpc_command', channel, text(b, 'log x'), b.guest.place(8), 8n)).toBe(-1);
    expect(b.said).toEqual([`${what} on channel ${channel} failed: ${status}`]);
  });
});
