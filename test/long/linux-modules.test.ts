import { afterEach, describe, expect, test } from 'vitest';
import { defineStub } from '../../src/guest/index.ts';
import type { PortAccess } from '../../src/protocol/index.ts';
import { BalloonDevice } from '../../src/tclo-host/index.ts';
import { type Bench, type BenchOptions, bench } from '../guest/support/bench.ts';
import { debianModules, type ModuleMachine } from '../guest/support/modules.ts';

const NAMES = ['vmwgfx', 'ptp_vmw', 'psmouse', 'vmw_balloon'] as const;
const MACHINES: readonly ModuleMachine[] = ['amd64', 'i386'];
const modules = new Map(MACHINES.map((machine) => [machine, debianModules(machine, NAMES)]));

/** How the host wants to be called, whether the module is patched for it, and what its instructions must then be. */
const CALLS = [
  { hypercall: 'port', alternatives: true, single: 'in', block: 'rep' },
  { hypercall: 'vmcall', alternatives: true, single: 'vmcall', block: 'vmcall' },
  { hypercall: 'vmmcall', alternatives: true, single: 'vmmcall', block: 'vmmcall' },
  { hypercall: 'vmcall', alternatives: false, single: 'in', block: 'rep' },
] as const;

let open: Bench[] = [];

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

describe.each(MACHINES)("modules of Debian's kernel, %s", (machine) => {
  const paths = modules.get(machine) ?? null;
  const wordSize = machine === 'amd64' ? 8 : 4;

  function load(name: (typeof NAMES)[number], options: BenchOptions = {}): Bench {
    const b = bench(paths?.get(name) ?? '', options);
    open.push(b);
    expect(b.guest.kernel).toBe('linux');
    return b;
  }

  const optionsOf = ({ hypercall, alternatives }: (typeof CALLS)[number]): BenchOptions => ({
    host: { hypercall },
    machine: { hypercall },
    alternatives,
  });

  function call(b: Bench, name: string, ...args: bigint[]): number {
    const { outcome, value } = b.guest.call(name, args);
    expect(outcome).toBeNull();
    return Number(BigInt.asIntN(32, value));
  }

  /** The instructions that reached the host. */
  function watch(b: Bench): Set<string> {
    const seen = new Set<string>();
    const hypercalls = new Map([
      [0xc1010fn, 'vmcall'],
      [0xd9010fn, 'vmmcall'],
    ]);
    b.bus.probe = {
      before: ({ pc, string }: PortAccess) => {
        seen.add(hypercalls.get(b.guest.machine.readUint(pc, 4) & 0xffffffn) ?? (string ? 'rep' : 'in'));
        return null;
      },
      after: () => {},
    };
    return seen;
  }

  const text = (b: Bench, value: string): bigint => b.guest.place(Buffer.from(`${value}\0`));

  describe.skipIf(paths === null).each(CALLS)('$hypercall, alternatives $alternatives', (calls) => {
    test('vmw_host_get_guestinfo reads a value by high bandwidth', () => {
      const b = load('vmwgfx', optionsOf(calls));
      const seen = watch(b);
      b.host.rpci.store.set('guestinfo.motto', Buffer.from('per aspera'));
      const { machine: cpu } = b.guest;
      const [buffer, length] = [b.guest.place(64), b.guest.place(wordSize)];
      cpu.writeUint(length, wordSize, 64n);
      expect(call(b, 'vmw_host_get_guestinfo', text(b, 'guestinfo.motto'), buffer, length)).toBe(0);
      expect(cpu.readUint(length, wordSize)).toBe(10n);
      expect(Buffer.from(cpu.read(buffer, 10)).toString()).toBe('per aspera');
      expect([...seen].sort()).toEqual([...new Set([calls.single, calls.block])].sort());
      expect(b.host.report.rpciCommands).toEqual(['info-get guestinfo.motto']);
      expect(b.host.report.channelsOpen).toBe(0);
      expect(b.guest.heap.live.length).toBe(3);
    });

    test("vmw_host_printf reaches the host's log", () => {
      const b = load('vmwgfx', optionsOf(calls));
      expect(call(b, 'vmw_host_printf', text(b, 'vmwgfx: %s %d'), text(b, 'answer'), 42n)).toBe(0);
      expect(b.host.report.rpciCommands).toEqual(['log vmwgfx: answer 42']);
    });

    test('ptp_vmw_gettime reads the precision clock', () => {
      const b = load('ptp_vmw', optionsOf(calls));
      const seen = watch(b);
      expect(b.guest.boot()).toBeNull();
      expect(b.lines()).toEqual(['ptp0: ptp_vmw']);
      b.guest.clock.now = 5_250_000_000;
      const time = b.guest.place(16);
      expect(call(b, 'ptp_vmw_gettime', 0n, time)).toBe(0);
      const read = (at: bigint, size: 4 | 8): bigint => b.guest.machine.readUint(time + at, size);
      expect(Number(read(0n, 8)) - b.host.identity.epochSeconds).toBe(5);
      expect(Math.round(Number(read(8n, wordSize)) / 1e6)).toBe(250);
      expect([...seen]).toEqual([calls.single]);
    });

    test('psmouse finds the vmmouse, turns it on and reads where it goes', () => {
      const events: number[][] = [];
      const record = defineStub('input_event', 'void', ['ptr', 'uint', 'uint', 'int'], ([, ...event]) => {
        events.push(event);
      });
      const b = load('psmouse', { ...optionsOf(calls), stubs: new Map([['input_event', record]]) });
      const seen = watch(b);
      const [psmouse, input, serio] = [b.guest.place(2048), b.guest.place(4096), b.guest.place(4096)];
      b.guest.machine.writeUint(psmouse + BigInt(wordSize), wordSize, input);
      b.guest.machine.writeUint(psmouse + BigInt(2 * wordSize), wordSize, serio);
      expect(call(b, 'vmmouse_detect', psmouse, 0n)).toBe(0);
      expect(call(b, 'vmmouse_init', psmouse)).toBe(0);
      expect(b.lines()).toEqual(['input: VirtualPS/2 VMware VMMouse as /devices/virtual/input/input0']);
      expect(b.host.mouse.absolute).toBe(true);
      b.host.mouse.move({ x: 0x1234, y: 0x8000, left: true });
      // PSMOUSE_FULL_PACKET
      expect(call(b, 'vmmouse_process_byte', psmouse)).toBe(2);
      const [EV_KEY, EV_ABS, BTN_LEFT] = [1, 3, 0x110];
      expect(events).toEqual(
        expect.arrayContaining([
          [EV_ABS, 0, 0x1234],
          [EV_ABS, 1, 0x8000],
          [EV_KEY, BTN_LEFT, 1],
        ]),
      );
      expect([...seen]).toEqual([calls.single]);
    });
  });

  describe.skipIf(paths === null)('as a whole', () => {
    test('psmouse connects to a port and finds the vmmouse by itself', () => {
      const b = load('psmouse');
      expect(b.run(5)).toBeNull();
      expect(b.lines()[0]).toBe('input: VirtualPS/2 VMware VMMouse as /devices/virtual/input/input0');
    });

    test('there is no vmmouse where there is no VMware', () => {
      const b = load('psmouse', { host: { personality: 'none' } });
      const psmouse = b.guest.place(2048);
      // -ENXIO
      expect(call(b, 'vmmouse_detect', psmouse, 0n)).toBe(-6);
    });

    test('vmw_balloon starts, asks for its target and gives the host that many pages', () => {
      const b = load('vmw_balloon');
      const balloon = new BalloonDevice();
      const commands: number[] = [];
      b.bus.add(balloon as never);
      b.bus.probe = {
        before: ({ port, registers }: PortAccess) => {
          if (port === 0x5670) commands.push(registers.ecx);
          return null;
        },
        after: () => {},
      };
      balloon.targetPages = 8;
      // A zeroed deadline lies in the future for a 32-bit jiffies until it has wrapped, five minutes after the boot:
      // till then the driver takes the system for one that has just asked it to shrink.
      expect(b.run(machine === 'i386' ? 305 : 4)).toBeNull();
      const [START, GET_TARGET, GUEST_ID, BATCHED_LOCK, BATCHED_UNLOCK] = [0, 1, 4, 6, 7];
      expect(commands).toEqual(expect.arrayContaining([START, GET_TARGET, GUEST_ID, BATCHED_LOCK]));
      expect(commands).not.toContain(BATCHED_UNLOCK);
      const before = commands.length;
      balloon.targetPages = 0;
      for (let step = 0; step < 4; step++) {
        b.guest.clock.now = Math.max(b.guest.clock.now, b.guest.nextDeadline() ?? 0);
        expect(b.guest.step()).toBeNull();
      }
      expect(commands.slice(before)).toContain(BATCHED_UNLOCK);
    });

    test('vmwgfx registers its driver, and its reading survives a checkpoint in each payload step', () => {
      expect(load('vmwgfx').guest.boot()).toBeNull();
      let injected = 0;
      for (let injection = 0; injection < 4; injection++) {
        const b = load('vmwgfx');
        b.host.rpci.store.set('guestinfo.x', Buffer.from('y'));
        let steps = 0;
        b.bus.probe = {
          before: ({ registers, string, direction }: PortAccess) => {
            const step = b.host.describe(registers, string ? (direction === 'in' ? 'highIn' : 'highOut') : 'low')?.step;
            if (step !== 'send' && step !== 'receive' && step !== 'status') return null;
            if (steps++ !== injection) return null;
            injected++;
            return { kind: 'checkpoint' };
          },
          after: () => {},
        };
        const [buffer, length] = [b.guest.place(16), b.guest.place(wordSize)];
        b.guest.machine.writeUint(length, wordSize, 16n);
        expect(call(b, 'vmw_host_get_guestinfo', text(b, 'guestinfo.x'), buffer, length)).toBe(0);
        expect(b.guest.machine.readUint(buffer, 1)).toBe(BigInt('y'.charCodeAt(0)));
      }
      expect(injected).toBeGreaterThanOrEqual(3);
    });
  });
});
