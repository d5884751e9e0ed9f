import type { KernelOptions, KernelServices, PendingCall } from '../../guest/index.ts';
import { BsdKernel, type BsdState } from '../common/bsd-kernel.ts';
import { InterruptLevel } from '../common/interrupt-level.ts';
import { AF_INET6, type Offsets, offsetsOf } from './offsets.ts';

/** A device_t: nothing of its structure is the drivers' business. */
export interface Device {
  readonly name: string;
  /** Where device_xname finds the name. */
  readonly nameAt: bigint;
  /** What device_private gives. */
  readonly softc: bigint;
  /** The shutdown handler of pmf_device_register1, 0 for none. */
  readonly onShutdown: bigint;
}

/** A soft interrupt of softint(9). */
export interface SoftInterrupt extends PendingCall {
  /** The level that it runs at. */
  readonly level: number;
}

interface NetBsdState extends BsdState {
  readonly devices: readonly (readonly [bigint, Device])[];
  readonly deferred: readonly PendingCall[];
  readonly softInterrupts: readonly (readonly [bigint, PendingCall])[];
  readonly spinMutexes: readonly (readonly [bigint, number])[];
  readonly sysctl: readonly (readonly [string, bigint])[];
  readonly sysctlLogs: readonly (readonly [bigint, readonly bigint[]])[];
  readonly freeNodes: readonly bigint[];
  readonly switches: readonly bigint[];
}

/** The state of the NetBSD kernel that the stub functions work on. */
export class NetBsdKernel extends BsdKernel {
  readonly offsets: Offsets;
  devices: Map<bigint, Device> = new Map();
  /** Calls that wait until the machine is up. */
  deferred: PendingCall[] = [];
  /** softint(9) and workqueue(9): what a cookie calls. */
  softInterrupts: Map<bigint, PendingCall> = new Map();
  /** By the address of a kmutex_t that spins: the level that it was initialised for. */
  spinMutexes: Map<bigint, number> = new Map();
  /** The mutex that callout_halt has let go of while it waits. */
  interlock = 0n;
  readonly spl: InterruptLevel = new InterruptLevel();
  /** By its name with dots: a struct sysctlnode. */
  sysctl: Map<string, bigint> = new Map();
  /** By the address of a `struct sysctllog *`: the nodes that go with it. */
  sysctlLogs: Map<bigint, readonly bigint[]> = new Map();
  freeNodes: bigint[] = [];
  /** sysmon_pswitch_register: struct sysmon_pswitch. */
  switches: bigint[] = [];
  /** Where `time_uptime` and `time_second` lie, in all their spellings: seconds, 64 bits. */
  readonly uptimeAt: bigint[] = [];
  readonly secondAt: bigint[] = [];
  readonly inet6: number = AF_INET6;

  constructor(services: KernelServices, options: KernelOptions) {
    super(services, options, 'toaster.example.org');
    this.offsets = offsetsOf(services.object, services.wordSize);
  }

  makeDevice(name: string, softc: bigint): bigint {
    const address = this.services.reserve(256);
    this.devices.set(address, { name, nameAt: this.placeText(name), softc, onShutdown: 0n });
    return address;
  }

  /** The device, or a panic for what is none. */
  device(address: bigint): Device | null {
    const device = this.devices.get(address) ?? null;
    if (device === null) this.panic(`0x${address.toString(16)} is no device_t`);
    return device;
  }

  /** The clock's variables, as its interrupt keeps them. */
  updateClock(): void {
    const write = (at: readonly bigint[], ns: bigint): void => {
      for (const address of at) this.memory.writeUint(address, 8, ns / 1_000_000_000n);
    };
    write(this.uptimeAt, this.uptime);
    write(this.secondAt, this.wallClock);
  }

  override snapshot(): NetBsdState {
    return {
      ...super.snapshot(),
      devices: [...this.devices],
      deferred: [...this.deferred],
      softInterrupts: [...this.softInterrupts],
      spinMutexes: [...this.spinMutexes],
      sysctl: [...this.sysctl],
      sysctlLogs: [...this.sysctlLogs],
      freeNodes: [...this.freeNodes],
      switches: [...this.switches],
    };
  }

  override restore(state: NetBsdState): void {
    super.restore(state);
    this.devices = new Map(state.devices);
    this.deferred = [...state.deferred];
    this.softInterrupts = new Map(state.softInterrupts);
    this.spinMutexes = new Map(state.spinMutexes);
    this.sysctl = new Map(state.sysctl);
    this.sysctlLogs = new Map(state.sysctlLogs);
    this.freeNodes = [...state.freeNodes];
    this.switches = [...state.switches];
  }
}
