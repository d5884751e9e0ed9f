import { readFileSync } from 'node:fs';
import type { MachineOptions } from '../../../src/cpu/index.ts';
import type { Guest, GuestOptions, GuestOutcome } from '../../../src/guest/index.ts';
import { createGuest } from '../../../src/kernels/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import { PortBus } from '../../../src/ports/index.ts';
import { BackdoorDevice, type HostFault, type HostOptions, VmwareHost } from '../../../src/tclo-host/index.ts';

/** A guest in front of a VMware host, with virtual time that its owner moves. */
export interface Bench {
  readonly guest: Guest;
  readonly host: VmwareHost;
  readonly bus: PortBus<HostFault>;
  /** Boots and runs for this many virtual seconds; stops at the first outcome. */
  run(seconds: number, at?: readonly { readonly at: number; readonly do: () => void }[]): GuestOutcome | null;
  /** Console lines without their times. */
  lines(): string[];
}

export interface BenchOptions extends GuestOptions {
  readonly host?: Partial<HostOptions>;
  readonly machine?: Omit<MachineOptions, 'bits'>;
}

export function fixturePath(name: string): string {
  return new URL(`../../../fixtures/kernels/${name}`, import.meta.url).pathname;
}

export function bench(path: string, options: BenchOptions = {}): Bench {
  const { host: hostOptions, ...guestOptions } = options;
  const object = parseObject(readFileSync(path), path.split('/').at(-1) ?? path);
  const guest = createGuest(object, guestOptions);
  const host = new VmwareHost({ now: () => guest.clock.now, ...(hostOptions && { options: hostOptions }) });
  const bus = new PortBus<HostFault>();
  bus.add(new BackdoorDevice(host));
  bus.attach(guest.machine);
  return {
    guest,
    host,
    bus,
    lines: () => guest.console.map((line) => line.text),
    run: (seconds, at = []) => {
      const events = [...at];
      const end = seconds * 1e9;
      const booted = guest.boot();
      if (booted !== null) return booted;
      for (;;) {
        const times = [guest.nextDeadline(), host.nextDeadline(), events[0] === undefined ? null : events[0].at * 1e9];
        const next = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
        if (next > end) return null;
        guest.clock.now = Math.max(guest.clock.now, next);
        if ((events[0]?.at ?? Number.POSITIVE_INFINITY) * 1e9 <= guest.clock.now) events.shift()?.do();
        host.advance();
        const outcome = guest.step();
        if (outcome !== null) return outcome;
      }
    },
  };
}
