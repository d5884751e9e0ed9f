import type { KernelOptions, KernelServices, PendingCall } from '../../guest/index.ts';
import { BsdKernel, type BsdState } from '../common/bsd-kernel.ts';
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

interface FreeBsdState extends BsdState {
  readonly devices: readonly (readonly [bigint, Device])[];
  readonly tasks: readonly bigint[];
  readonly timeoutTasks: readonly bigint[];
  readonly rwlocks: readonly bigint[];
  readonly events: readonly (readonly [bigint, EventHandler])[];
}

const SECOND = 1_000_000_000n;

/** The state of the FreeBSD kernel that the stub functions work on. */
export class FreeBsdKernel extends BsdKernel {
  readonly offsets: Offsets;
  devices: Map<bigint, Device> = new Map();
  /** Tasks of taskqueue(9) that wait for their thread, in order: struct task. */
  tasks: bigint[] = [];
  /** Callouts that are those of a struct timeout_task. */
  timeoutTasks: Set<bigint> = new Set();
  events: Map<bigint, EventHandler> = new Map();
  readonly sections: CriticalSections = new CriticalSections(this);
  /** Lock words of rwlock(9): those of mutexes name their owner. */
  rwlocks: Set<bigint> = new Set();
  /** newbus attaches drivers under Giant. */
  attaching = false;
  /** Devices and their drivers' shutdown methods. */
  readonly shutdownMethods: [bigint, bigint][] = [];
  /** Where `time_uptime` and `time_second` lie: seconds, a machine word as time_t is. */
  readonly uptimeAt: bigint[] = [];
  readonly secondAt: bigint[] = [];
  /** The current thread; its address in a mutex says who holds it. */
  readonly thread: bigint;
  readonly inet6: number = AF_INET6;
  /** What the first word of every device points at: struct kobj_ops of a class without methods. */
  #ops = 0n;

  constructor(services: KernelServices, options: KernelOptions) {
    super(services, options, 'beastie.example.org');
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.thread = services.reserve(ROOM.thread);
  }

  makeDevice(driver: string, unit: number, parent: bigint, ops: bigint): bigint {
    this.#ops = ops;
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
    return this.makeDevice(driver, unit >= 0 ? unit : Math.max(-1, ...units) + 1, parent, this.#ops);
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

  /** The clock's variables, as its interrupt keeps them. */
  updateClock(): void {
    for (const address of this.uptimeAt) this.writeWord(address, this.uptime / SECOND);
    for (const address of this.secondAt) this.writeWord(address, this.wallClock / SECOND);
  }

  override snapshot(): FreeBsdState {
    return {
      ...super.snapshot(),
      devices: [...this.devices],
      tasks: [...this.tasks],
      timeoutTasks: [...this.timeoutTasks],
      rwlocks: [...this.rwlocks],
      events: [...this.events],
    };
  }

  override restore(state: FreeBsdState): void {
    super.restore(state);
    this.devices = new Map(state.devices);
    this.tasks = [...state.tasks];
    this.timeoutTasks = new Set(state.timeoutTasks);
    this.rwlocks = new Set(state.rwlocks);
    this.events = new Map(state.events);
  }
}
