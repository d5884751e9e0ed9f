import type { CpuPortAccess, Machine, Vmcall, VmcallResult } from '../cpu/index.ts';
import { type Notice, notice, type PortAccess, type PortDevice, readOnes } from '../protocol/index.ts';
import { HypercallAccess } from './hypercall.ts';

/** Sees every access before and after its device; trace, faults and coverage hang here. */
export interface PortProbe<Fault = unknown> {
  /** @returns what shall go wrong with this access, or null. */
  before(access: PortAccess): Fault | null;
  after(access: PortAccess, fault: Fault | null): void;
}

/** The port I/O bus: every access of every guest goes through {@link PortBus.dispatch}. */
export class PortBus<Fault = unknown> {
  /** The one probe. */
  probe: PortProbe<Fault> | null = null;
  /** Hears of accesses that meant something else than they did. */
  onNotice: ((notice: Notice) => void) | null = null;

  readonly #devices = new Map<number, PortDevice<Fault>>();

  /** Makes `device` the owner of its ports. */
  add(device: PortDevice<Fault>): void {
    for (const port of device.ports) this.#devices.set(port, device);
  }

  /** Takes the port I/O and the hypercalls of a machine. */
  attach(machine: Machine): void {
    machine.onPort = (access: CpuPortAccess) => this.dispatch(access);
    machine.onVmcall = (call: Vmcall) => this.#vmcall(call);
  }

  /** The one choke point. */
  dispatch(access: PortAccess): void {
    const { probe } = this;
    const device = this.#devices.get(access.port);
    const fault = probe === null ? null : probe.before(access);
    if (device === undefined) this.#unowned(access);
    else device.access(access, fault);
    if (probe !== null) probe.after(access, fault);
  }

  snapshot(): unknown {
    return [...new Set(this.#devices.values())].map((device) => device.snapshot());
  }

  restore(state: unknown): void {
    const states = state as readonly unknown[];
    for (const [i, device] of [...new Set(this.#devices.values())].entries()) device.restore(states[i]);
  }

  #unowned(access: PortAccess): void {
    this.onNotice?.(notice('unownedPort', access));
    readOnes(access);
  }

  /** VMCALL and VMMCALL reach the device that owns the port they stand for. */
  #vmcall(call: Vmcall): VmcallResult {
    const access = HypercallAccess.from(call);
    if (access === null) return 'invalidOpcode';
    if (access instanceof HypercallAccess) {
      this.dispatch(access);
      access.finish();
      return 'done';
    }
    return access;
  }
}
