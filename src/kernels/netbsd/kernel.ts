import type { KernelOptions, KernelServices, PendingCall } from '../../guest/index.ts';
import { type StateCell, Table, TEXT_KEYS } from '../../state.ts';
import { addressTable, BsdKernel, type BsdState, type BsdTraits } from '../common/bsd-kernel.ts';
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
  /** What softint_establish gave. */
  readonly cookie: bigint;
}

/** What more a run changes in a NetBSD kernel. */
interface NetBsdState extends BsdState {
  devices: Record<string, Device>;
  /** softint(9) and workqueue(9): what a cookie calls. */
  softInterrupts: Record<string, PendingCall | SoftInterrupt>;
  /** By the address of a kmutex_t that spins: the level that it was initialised for. */
  spinMutexes: Record<string, number>;
  /** The mutex that callout_halt has let go of while it waits. */
  interlock: bigint;
  /** By its name with dots: a struct sysctlnode. */
  sysctl: Record<string, bigint>;
  /** By the address of a `struct sysctllog *`: the nodes that go with it. */
  sysctlLogs: Record<string, readonly bigint[]>;
  freeNodes: bigint[];
  /** sysmon_pswitch_register: struct sysmon_pswitch. */
  switches: bigint[];
}

const newState = (): Omit<NetBsdState, keyof BsdState> => ({
  devices: {},
  softInterrupts: {},
  spinMutexes: {},
  interlock: 0n,
  sysctl: {},
  sysctlLogs: {},
  freeNodes: [],
  switches: [],
});

const TRAITS: BsdTraits = { seed: 0x42534443, hostname: 'toaster.example.org', softInterruptsSleep: true };

/** The state of the NetBSD kernel that the stub functions work on. */
export class NetBsdKernel extends BsdKernel {
  declare readonly state: StateCell<NetBsdState>;
  readonly offsets: Offsets;
  readonly devices: Table<bigint, Device> = addressTable(
    () => this.state.now.devices,
    () => this.state.change.devices,
  );
  readonly softInterrupts: Table<bigint, PendingCall | SoftInterrupt> = addressTable(
    () => this.state.now.softInterrupts,
    () => this.state.change.softInterrupts,
  );
  readonly spinMutexes: Table<bigint, number> = addressTable(
    () => this.state.now.spinMutexes,
    () => this.state.change.spinMutexes,
  );
  readonly sysctl: Table<string, bigint> = new Table(
    TEXT_KEYS,
    () => this.state.now.sysctl,
    () => this.state.change.sysctl,
  );
  readonly sysctlLogs: Table<bigint, readonly bigint[]> = addressTable(
    () => this.state.now.sysctlLogs,
    () => this.state.change.sysctlLogs,
  );
  readonly spl: InterruptLevel;
  /** Where `time_uptime` and `time_second` lie, in all their spellings: seconds, 64 bits. Known once it is linked. */
  readonly uptimeAt: bigint[] = [];
  readonly secondAt: bigint[] = [];
  readonly inet6: number = AF_INET6;

  constructor(services: KernelServices, options: KernelOptions) {
    super(services, options, TRAITS, newState());
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.spl = new InterruptLevel(services.states);
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

  /** A spin mutex raises the level while it is held. */
  override get noSleep(): string | null {
    return super.noSleep ?? (this.spl.level > 0 ? 'at a raised interrupt level, as under a spin mutex' : null);
  }

  /** The clock's variables, as its interrupt keeps them. */
  updateClock(): void {
    const write = (at: readonly bigint[], ns: bigint): void => {
      for (const address of at) this.memory.writeUint(address, 8, ns / 1_000_000_000n);
    };
    write(this.uptimeAt, this.uptime);
    write(this.secondAt, this.wallClock);
  }
}
