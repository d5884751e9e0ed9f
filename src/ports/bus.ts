import type { CpuPortAccess, Processor, Vmcall, VmcallResult } from '../cpu/index.ts';
import {
  CallDecoder,
  type Notice,
  notice,
  type PortAccess,
  type PortDevice,
  type PortProbe,
  readOnes,
} from '../protocol/index.ts';
import { HypercallAccess } from './hypercall.ts';

/** The port I/O bus: every access of every guest goes through {@link PortBus.dispatch}. */
export class PortBus<Fault = unknown> {
  /** The one probe. */
  probe: PortProbe<Fault> | null = null;
  /** Gets near misses and accesses to unowned ports. */
  onNotice: ((notice: Notice) => void) | null = null;

  readonly #decoder: CallDecoder = new CallDecoder();
  readonly #devices = new Map<number, PortDevice<Fault>>();
  /** Each of them once, in the order in which they came. */
  #each: readonly PortDevice<Fault>[] = [];

  /** Makes `device` the owner of its ports. */
  add(device: PortDevice<Fault>): void {
    for (const port of device.ports) this.#devices.set(port, device);
    this.#each = [...new Set(this.#devices.values())];
  }

  /** Handles the port I/O and the hypercalls of a machine. */
  attach(machine: Processor): void {
    machine.onPort = (access: CpuPortAccess) => this.dispatch(access);
    machine.onVmcall = (call: Vmcall) => this.#vmcall(call);
  }

  /** The one choke point; here each access is decoded, for all that see it. */
  dispatch(access: PortAccess): void {
    const { probe } = this;
    const device = this.#devices.get(access.port);
    const call = this.#decoder.decode(access);
    const fault = probe === null ? null : probe.before(access, call);
    if (device === undefined) this.#unowned(access);
    else device.access(access, fault, call);
    if (probe !== null) probe.after(access, fault);
  }

  snapshot(): unknown {
    return this.#each.map((device) => device.snapshot());
  }

  restore(state: unknown): void {
    const states = state as readonly unknown[];
    for (const [i, device] of this.#each.entries()) device.restore(states[i]);
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
