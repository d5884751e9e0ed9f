import type { KernelOptions, KernelServices, PendingCall } from '../../guest/index.ts';
import type { StateCell, Table } from '../../state.ts';
import { addressTable, BsdKernel, type BsdState, type BsdTraits } from '../common/bsd-kernel.ts';
import { AF_INET6, type Offsets, offsetsOf, ROOM } from './offsets.ts';
import { CriticalSections } from './sections.ts';

/** A device_t. Its structure in the guest holds what kobj(9) looks at, and no more. */
export interface Device {
  /** The driver's name and the unit: `vmt` and 0. */
  readonly driver: string;
  readonly unit: number;
  readonly parent: bigint;
  /** Where device_get_name and device_get_nameunit find their text. */
  readonly nameAt: bigint;
  readonly nameUnitAt: bigint;
  readonly softc: bigint;
  readonly description: string;
  readonly attached: boolean;
}

/** eventhandler(9): what is called when the event of that name comes. */
export interface EventHandler extends PendingCall {
  readonly event: string;
}

/** What more a run changes in a FreeBSD kernel. */
interface FreeBsdState extends BsdState {
  devices: Record<string, Device>;
  /** Tasks of taskqueue(9) that wait for their thread, in order: struct task. */
  tasks: bigint[];
  /** Callouts that are those of a struct timeout_task. */
  timeoutTasks: Record<string, true>;
  events: Record<string, EventHandler>;
  /** Lock words of rwlock(9): those of mutexes name their owner. */
  rwlocks: Record<string, true>;
  /** newbus attaches drivers under Giant. */
  attaching: boolean;
  /** Critical sections that the call under way has entered by calls. */
  sections: number;
  /** Devices and their drivers' shutdown methods. */
  shutdownMethods: (readonly [device: bigint, method: bigint])[];
  /** What the first word of every device points at: struct kobj_ops of a class without methods. */
  ops: bigint;
}

const newState = (): Omit<FreeBsdState, keyof BsdState> => ({
  devices: {},
  tasks: [],
  timeoutTasks: {},
  events: {},
  rwlocks: {},
  attaching: false,
  sections: 0,
  shutdownMethods: [],
  ops: 0n,
});

const TRAITS: BsdTraits = { seed: 0x42534443, hostname: 'beastie.example.org', softInterruptsSleep: true };

const SECOND = 1_000_000_000n;

/** The state of the FreeBSD kernel that the stub functions work on. */
export class FreeBsdKernel extends BsdKernel {
  declare readonly state: StateCell<FreeBsdState>;
  readonly offsets: Offsets;
  readonly devices: Table<bigint, Device> = addressTable(
    () => this.state.now.devices,
    () => this.state.change.devices,
  );
  readonly timeoutTasks: Table<bigint, true> = addressTable(
    () => this.state.now.timeoutTasks,
    () => this.state.change.timeoutTasks,
  );
  readonly events: Table<bigint, EventHandler> = addressTable(
    () => this.state.now.events,
    () => this.state.change.events,
  );
  readonly rwlocks: Table<bigint, true> = addressTable(
    () => this.state.now.rwlocks,
    () => this.state.change.rwlocks,
  );
  readonly sections: CriticalSections = new CriticalSections(this);
  /** Where `time_uptime` and `time_second` lie: seconds, a machine word as time_t is. Known once it is linked. */
  readonly uptimeAt: bigint[] = [];
  readonly secondAt: bigint[] = [];
  /** The current thread; its address in a mutex says who holds it. */
  readonly thread: bigint;
  readonly inet6: number = AF_INET6;

  constructor(services: KernelServices, options: KernelOptions) {
    super(services, options, TRAITS, newState());
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.thread = services.reserve(ROOM.thread);
  }

  makeDevice(driver: string, unit: number, parent: bigint, ops: bigint): bigint {
    this.state.change.ops = ops;
    const address = this.services.reserve(256);
    this.writeWord(address, ops);
    this.devices.set(address, {
      driver,
      unit,
      parent,
      nameAt: this.placeText(driver),
      nameUnitAt: this.placeText(`${driver}${unit}`),
      softc: 0n,
      description: '',
      attached: false,
    });
    return address;
  }

  /** A child of another device, in the next free unit for -1. */
  addChild(parent: bigint, driver: string, unit: number): bigint {
    const units = [...this.devices.values()].filter((device) => device.driver === driver).map((device) => device.unit);
    return this.makeDevice(driver, unit >= 0 ? unit : Math.max(-1, ...units) + 1, parent, this.state.now.ops);
  }

  /** The device, or a panic for what is none. */
  device(address: bigint): Device | null {
    const device = this.devices.get(address) ?? null;
    if (device === null) this.panic(`0x${address.toString(16)} is no device_t`);
    return device;
  }

  changeDevice(address: bigint, changes: Partial<Device>): void {
    const device = this.device(address);
    if (device !== null) this.devices.set(address, { ...device, ...changes });
  }

  /** A spin mutex is a critical section, too. */
  override get noSleep(): string | null {
    return super.noSleep ?? (this.sections.open ? null : 'in a critical section, as under a spin mutex');
  }

  /** The clock's variables, as its interrupt keeps them. */
  updateClock(): void {
    for (const address of this.uptimeAt) this.writeWord(address, this.uptime / SECOND);
    for (const address of this.secondAt) this.writeWord(address, this.wallClock / SECOND);
  }
}
