import type { Context, KernelOptions, KernelServices, PendingCall } from '../../guest/index.ts';
import type { StateCell, Table } from '../../state.ts';
import { addressTable, BsdKernel, type BsdState, type BsdTraits } from '../common/bsd-kernel.ts';
import { InterruptLevel } from '../common/interrupt-level.ts';
import { AF_INET6, type Offsets, offsetsOf } from './offsets.ts';

/** What a timeout or a task calls; both are known by the address of their structure. */
interface Handler {
  readonly function: bigint;
  readonly arg: bigint;
}

/** A timeout runs as a soft interrupt, or in a thread of the kernel's. */
interface TimeoutHandler extends Handler {
  readonly context: Context;
}

/** What more a run changes in an OpenBSD kernel. */
interface OpenBsdState extends BsdState {
  /** By the address of the struct timeout: what timeout_set said. */
  timeouts: Record<string, TimeoutHandler>;
  /** By the address of the struct task: what task_set said. */
  tasks: Record<string, Handler>;
  /** Tasks that wait for their thread, in order. */
  waiting: bigint[];
  /** By the address of a struct mutex: the level that __mtx_init said. */
  mutexes: Record<string, number>;
  /** What the driver wants to be told before the power goes. */
  activation: PendingCall | null;
}

const newState = (): Omit<OpenBsdState, keyof BsdState> => ({
  timeouts: {},
  tasks: {},
  waiting: [],
  mutexes: {},
  activation: null,
});

const TRAITS: BsdTraits = { seed: 0x4f424344, hostname: 'puffy.example.org', softInterruptsSleep: false };

/** The state of the OpenBSD kernel that the stub functions work on. */
export class OpenBsdKernel extends BsdKernel {
  declare readonly state: StateCell<OpenBsdState>;
  readonly offsets: Offsets;
  readonly timeouts: Table<bigint, TimeoutHandler> = addressTable(
    () => this.state.now.timeouts,
    () => this.state.change.timeouts,
  );
  readonly tasks: Table<bigint, Handler> = addressTable(
    () => this.state.now.tasks,
    () => this.state.change.tasks,
  );
  readonly mutexes: Table<bigint, number> = addressTable(
    () => this.state.now.mutexes,
    () => this.state.change.mutexes,
  );
  readonly spl: InterruptLevel;
  readonly inet6: number = AF_INET6;

  constructor(services: KernelServices, options: KernelOptions) {
    super(services, options, TRAITS, newState());
    this.offsets = offsetsOf(services.object, services.wordSize);
    this.spl = new InterruptLevel(services.states);
  }

  /** machine/intr.h: IPL_NONE is 0. A mutex raises the level while it is held. */
  override get noSleep(): string | null {
    return super.noSleep ?? (this.spl.level > 0 ? 'at a raised interrupt level, as under a mutex' : null);
  }

  /** dv_xname of a struct device. */
  deviceName(device: bigint): string {
    return this.readText(device + BigInt(this.offsets.dvXname));
  }
}
