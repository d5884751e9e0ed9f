import { VmtbenchError } from '../errors.ts';
import { type CallResult, type ConsoleLine, type Guest, type GuestOptions, SourceFrames } from '../guest/index.ts';
import type { AccessFact, ExecutionFrame, Plan, Watcher } from '../judge/index.ts';
import { createGuest } from '../kernels/index.ts';
import type { ObjectFile } from '../object/index.ts';
import {
  FaultPlan,
  type GuestEvent,
  isGuestEvent,
  type PlannedEvent,
  type PlannedFault,
  type PlannedPreemption,
  PreemptionPlan,
  Schedule,
} from '../plan/index.ts';
import type { PortBus } from '../ports/index.ts';
import type { DecodedCall, PortAccess, PortProbe } from '../protocol/index.ts';
import { type PartStates, type StateCell, States } from '../state.ts';
import {
  HOST_EVENTS,
  type HostEvent,
  type HostFault,
  type HostOptions,
  resolveHostOptions,
  VmwareHost,
} from '../tclo-host/index.ts';
import type { TraceRecorder, TraceWriter } from '../trace/index.ts';
import { AccessFacts } from './access-facts.ts';
import { passTime } from './advance.ts';
import { EventCalls, GUEST_EVENT_EFFECTS, refuseImpossible } from './guest-events.ts';
import type { Injector } from './injector.ts';
import { formatInterface } from './interface.ts';
import { guestOptionsOf, hostIdentityOf, type MachineDescription } from './machine.ts';
import { Notes } from './notes.ts';
import { PlaceTexts } from './place-texts.ts';
import { connect, processorOf } from './platform.ts';

export interface BenchOptions {
  readonly object: ObjectFile;
  /** What the virtual machine is, to guest and host. */
  readonly machine?: MachineDescription;
  readonly guest?: GuestOptions;
  readonly host?: Partial<HostOptions>;
  readonly events?: readonly PlannedEvent[];
  readonly faults?: readonly PlannedFault[];
  /**
   * Where soft interrupts preempt the guest. Absent: nowhere, and the bench does not look for such
   * points. Empty: nowhere, but watchers get each access where one could.
   */
  readonly preemptions?: readonly PlannedPreemption[];
  /** Of everything random at the host. */
  readonly seed?: number;
  /** Looks at each bench that is made of these options, twins too. */
  readonly observer?: BenchObserver;
}

export interface BenchObserver {
  /** Made, and not run yet. */
  opened(bench: Bench): void;
  /** About to be closed. */
  closing(bench: Bench): void;
}

/** A state of a bench, to go back to. */
export interface BenchState {
  readonly guest: unknown;
  /** Of the devices on the bus: the host is behind one of them. */
  readonly devices: unknown;
  /** Of the plans, the notes and what else is the bench's own. */
  readonly parts: PartStates;
}

/** A compiled object, the machine and kernel around it, and the host that it talks to. */
export class Bench implements PortProbe<HostFault> {
  readonly guest: Guest;
  readonly host: VmwareHost;
  readonly bus: PortBus<HostFault>;
  readonly schedule: Schedule;
  readonly plan: FaultPlan;
  readonly preemptions: PreemptionPlan;
  readonly notes: Notes;
  /** Observers, called in this order. */
  readonly watchers: Watcher[] = [];
  /** Stores every access and what happens in between, if set. */
  trace: { readonly recorder: TraceRecorder; readonly writer: TraceWriter } | null = null;
  readonly #states: States = new States();
  readonly #ports: StateCell<{ accesses: number }> = this.#states.cell('ports', { accesses: 0 });

  /** Injects faults and preemptions besides the planned ones, if set. */
  injector: Injector | null = null;

  /** Port accesses that the guest may make in all. */
  accessBudget: number = Number.POSITIVE_INFINITY;

  /** What it was made of. */
  readonly options: BenchOptions;
  /** Calls of the guest that events ask for. */
  readonly eventCalls: EventCalls;
  /** Turns each access into the fact that watchers get. */
  readonly facts: AccessFacts;
  readonly #places: PlaceTexts;
  /** The guest's call stacks, as its source has them. */
  readonly frames: SourceFrames;

  constructor(options: BenchOptions) {
    this.options = options;
    const hostOptions = resolveHostOptions(options.host);
    // Before the guest is made: an event that cannot be used leaves no open guest behind.
    this.schedule = new Schedule(fitting(options), this.#states);
    const described = guestOptionsOf(options.machine ?? {});
    const machine = { ...processorOf(hostOptions), ...described.machine, ...options.guest?.machine };
    this.guest = createGuest(options.object, { ...described, ...options.guest, machine });
    this.#places = new PlaceTexts(this.guest);
    this.frames = new SourceFrames(this.guest);
    this.host = new VmwareHost({
      options: hostOptions,
      identity: hostIdentityOf(options.machine ?? {}),
      now: () => this.guest.machine.now,
      seed: options.seed ?? 0,
    });
    this.eventCalls = new EventCalls(this, this.#states);
    refuseImpossible(this.guest, this.schedule.events);
    this.plan = new FaultPlan(options.faults ?? [], this.#states);
    this.preemptions = new PreemptionPlan(options.preemptions ?? [], options.seed ?? 0, this.#states);
    this.notes = new Notes(this.guest.machine, (pc) => this.where(pc), this.#states);
    this.facts = new AccessFacts(this.guest.machine, this.host);
    this.bus = connect(this.guest.machine, this.host, (notice) => this.facts.nearMiss(notice, this.notes.add(notice)));
    this.bus.probe = this;
    this.host.onEvent = (hostEvent) => this.#hostEvent(hostEvent);
    this.guest.onConsole = (line) => this.#console(line);
    this.guest.abi.onBreak = (breach) => {
      for (const watcher of this.watchers) watcher.abiBreak?.({ at: this.now, ...breach });
    };
    options.observer?.opened(this);
  }

  /** A bench of the same object, machine and plan, from its start, at a host with other options. The owner closes it. */
  twin(host: Partial<HostOptions>): Bench {
    const twin = new Bench({ ...this.options, host: { ...this.options.host, ...host } });
    twin.accessBudget = this.accessBudget;
    return twin;
  }

  /** Port accesses so far. */
  get ports(): { readonly accesses: number } {
    return this.#ports.now;
  }

  /** Virtual nanoseconds since the start. */
  get now(): number {
    return this.guest.machine.now;
  }

  /** An address for people: `vmt_tclo_tick+0x1f (vmt_tclo.c:123)`, as much of it as the object tells, or hex digits. */
  where(address: bigint): string {
    return this.#places.where(address);
  }

  /** A stack frame for people, with its line: of a caller, the line of the call. */
  frame(frame: ExecutionFrame): string {
    return this.#places.frame(frame);
  }

  /** All that it takes to repeat a run of this bench. @param duration the time that it runs, as on the command line. */
  planFor(duration: string): Plan {
    const { host = {}, seed = 0, machine: { interfaces, ...machine } = {}, guest, preemptions } = this.options;
    return {
      kernel: this.guest.kernel,
      for: duration,
      host,
      ...(Object.keys(machine).length === 0 ? {} : { machine: { ...machine } }),
      ...(interfaces === undefined ? {} : { interfaces: interfaces.map(formatInterface) }),
      ...(guest?.callBudget === undefined ? {} : { budget: { call: guest.callBudget } }),
      events: this.schedule.events.map(({ source }) => source),
      faults: this.plan.faults.map(({ source }) => source),
      ...(preemptions === undefined ? {} : { preemptions: preemptions.map(({ source }) => source) }),
      seed,
    };
  }

  /** Calls one function of the guest, with the host there. */
  call(target: string | bigint, args: readonly bigint[]): CallResult {
    const result = this.guest.call(target, args);
    this.fireEvents();
    return result;
  }

  /** Runs what is due at the host and in the schedule. Not while the host handles a call. */
  fireEvents(): void {
    this.host.advance();
    for (let event = this.schedule.take(this.now); event !== null; event = this.schedule.take(this.now)) {
      if (isGuestEvent(event)) this.#guestEvent(event);
      else this.host.event(event);
    }
  }

  /** Whether the guest made more port accesses than `accessBudget`. */
  get spent(): boolean {
    return this.ports.accesses > this.accessBudget;
  }

  before(access: PortAccess, call: DecodedCall): HostFault | null {
    if (this.ports.accesses >= this.accessBudget) this.guest.machine.stop();
    const number = this.#ports.change.accesses++;
    this.trace?.recorder.before(access, call);
    const made = this.facts.before(access, call);
    const triggered = this.injector?.faultAt(made, number) ?? null;
    return this.plan.faults.length === 0 ? triggered : (this.plan.match(made, this.now) ?? triggered);
  }

  after(access: PortAccess, fault: HostFault | null): void {
    this.trace?.recorder.after(access, fault);
    const fact = this.facts.after(access, this.now, fault);
    for (const watcher of this.watchers) watcher.access?.(fact);
    if (this.schedule.conditionMet) this.fireEvents();
    if (this.options.preemptions !== undefined) this.#preempt(fact);
  }

  /** Only between two calls: moves the time and the kernel's deadlines on, and counts that many accesses as made. */
  skip(nanoseconds: number, accesses: number): void {
    this.guest.postpone(nanoseconds);
    this.#ports.change.accesses += accesses;
  }

  /** Everything that a run of this bench changes, its watchers aside. Not from inside a callback. */
  snapshot(): BenchState {
    return { guest: this.guest.snapshot(), devices: this.bus.snapshot(), parts: this.#states.snapshot() };
  }

  /** Back to a snapshot of this bench. */
  restore({ guest, devices, parts }: BenchState): void {
    this.guest.restore(guest);
    this.bus.restore(devices);
    this.#states.restore(parts);
  }

  close(): void {
    this.options.observer?.closing(this);
    this.guest.close();
  }

  /**
   * Behind an access: a soft interrupt may preempt the guest, at once where it is due. Else the host has taken that long
   * to answer: time goes on, with all that happens until then.
   */
  #preempt({ call, pc }: AccessFact): void {
    const access = this.ports.accesses - 1;
    const next = this.guest.nextInterrupt();
    const preemptionPoint = next === null ? null : { access, at: this.now, pc, due: next.at, function: next.function };
    if (preemptionPoint !== null) for (const watcher of this.watchers) watcher.preemptionPoint?.(preemptionPoint);
    const planned = this.preemptions.match(call, this.now, access, preemptionPoint);
    if (preemptionPoint === null) return;
    const asked = this.injector?.preempts(preemptionPoint) ?? false;
    if (!planned && !asked) return;
    passTime(this, preemptionPoint.due);
    this.guest.preempt();
    this.trace?.writer.event(this.now, 'preempt', this.where(preemptionPoint.function));
    for (const watcher of this.watchers) watcher.preempted?.(preemptionPoint);
  }

  #hostEvent(hostEvent: HostEvent): void {
    this.schedule.hostEvent(hostEvent);
    if (hostEvent.kind === 'event') this.#traceEvent(hostEvent);
    for (const watcher of this.watchers) watcher.hostEvent?.(hostEvent);
  }

  #guestEvent(event: GuestEvent): void {
    this.eventCalls.take(event);
    this.#hostEvent({ at: this.now, kind: 'event', text: `${event.name} ${event.text}` });
  }

  /** An event of the plan goes into the trace by its name; what the host does by itself goes there as `host`. */
  #traceEvent({ at, text }: HostEvent): void {
    const [name = '', ...rest] = text.split(' ');
    if (Object.hasOwn(HOST_EVENTS, name) || isGuestEvent({ name })) this.trace?.writer.event(at, name, rest.join(' '));
    else this.trace?.writer.event(at, 'host', text);
  }

  #console(line: ConsoleLine): void {
    this.trace?.writer.console(line.at, line.text);
    this.schedule.console(line.text);
    for (const watcher of this.watchers) watcher.console?.(line);
    if (this.schedule.conditionMet) this.fireEvents();
  }
}

/** The planned events. @throws VmtbenchError `event.text` for one that cannot happen on the bench's machine. */
function fitting({ events = [], machine, guest }: BenchOptions): readonly PlannedEvent[] {
  const whole = { ...machine, ...(guest?.interfaces === undefined ? {} : { interfaces: guest.interfaces }) };
  for (const { event, where } of events) {
    try {
      if (isGuestEvent(event)) GUEST_EVENT_EFFECTS[event.name].fit?.(event.text, whole);
    } catch (cause) {
      if (where === undefined || !(cause instanceof VmtbenchError)) throw cause;
      throw new VmtbenchError(cause.code, `${where}: ${cause.message}`, cause.hint, { cause });
    }
  }
  return events;
}
