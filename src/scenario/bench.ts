import { VmtbenchError } from '../errors.ts';
import type { CallResult, ConsoleLine, GuestOptions, ObjectFile, StackFrame } from '../guest/index.ts';
import { createGuest, type Guest } from '../guest/index.ts';
import type { PortAccess, PortBus, PortProbe } from '../ports/index.ts';
import {
  HOST_EVENTS,
  type HostCall,
  type HostFault,
  type HostHappening,
  type HostOptions,
  type HostState,
  resolveHostOptions,
  VmwareHost,
} from '../tclo-host/index.ts';
import type { TraceRecorder, TraceWriter } from '../trace/index.ts';
import { type AccessFact, callOf, commandOf, outcomeOf } from './access.ts';
import type { PlannedEvent } from './event.ts';
import type { PlannedFault } from './fault.ts';
import type { Plan } from './finding.ts';
import { GUEST_EVENTS, type GuestEvent, isGuestEvent } from './guest-events.ts';
import { formatInterface } from './interface.ts';
import { passTime } from './life.ts';
import { guestOptionsOf, hostIdentityOf, type MachineDescription } from './machine.ts';
import { Notes } from './notes.ts';
import { FaultPlan, type PlanState } from './plan.ts';
import { connect, processorOf } from './platform.ts';
import type { PlannedPreemption } from './preemption.ts';
import { type Opening, PreemptionPlan, type PreemptionState } from './preemption-plan.ts';
import { Schedule, type ScheduleState } from './schedule.ts';
import type { Watcher } from './watcher.ts';

export interface BenchOptions {
  readonly object: ObjectFile;
  /** What the virtual machine is, to guest and host. */
  readonly machine?: MachineDescription;
  readonly guest?: GuestOptions;
  readonly host?: Partial<HostOptions>;
  readonly events?: readonly PlannedEvent[];
  readonly faults?: readonly PlannedFault[];
  /**
   * Where soft interrupts come in between. Absent: nowhere, and looking for it costs nothing; empty: watchers hear where
   * one could.
   */
  readonly preemptions?: readonly PlannedPreemption[];
  /** Of everything random at the host. */
  readonly seed?: number;
}

/** A state of a bench, to go back to. */
export interface BenchState {
  readonly guest: unknown;
  readonly host: HostState;
  readonly schedule: ScheduleState;
  readonly plan: PlanState;
  readonly preemptions: PreemptionState;
  readonly accesses: number;
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
  /** Those who look on, in this order. */
  readonly watchers: Watcher[] = [];
  /** Stores every access and what happens in between, if set. */
  trace: { readonly recorder: TraceRecorder; readonly writer: TraceWriter } | null = null;
  /** Port accesses so far. */
  readonly ports: { accesses: number } = { accesses: 0 };

  /** What shall go wrong with the n-th access, from 0, unless the plan says otherwise: for whoever counts accesses. */
  strike: ((call: HostCall | null, access: number) => HostFault | null) | null = null;

  /** Whether what may come in between at this opening does, beside what is planned: for whoever counts accesses. */
  letIn: ((opening: Opening) => boolean) | null = null;

  readonly #options: BenchOptions;
  #call: HostCall | null = null;
  #command: number | null = null;
  /** What {@link where} has found. */
  readonly #places = new Map<bigint, string>();

  constructor(options: BenchOptions) {
    this.#options = options;
    const hostOptions = resolveHostOptions(options.host);
    // Before there is a guest: what cannot be used leaves none behind.
    this.schedule = new Schedule(fitting(options));
    const described = guestOptionsOf(options.machine ?? {});
    const machine = { ...processorOf(hostOptions), ...described.machine, ...options.guest?.machine };
    this.guest = createGuest(options.object, { ...described, ...options.guest, machine });
    this.host = new VmwareHost({
      options: hostOptions,
      identity: hostIdentityOf(options.machine ?? {}),
      now: () => this.guest.machine.now,
      seed: options.seed ?? 0,
    });
    this.plan = new FaultPlan(options.faults ?? []);
    this.preemptions = new PreemptionPlan(options.preemptions ?? [], options.seed ?? 0);
    this.notes = new Notes(this.guest.machine, (pc) => this.where(pc));
    this.bus = connect(this.guest.machine, this.host, (notice) => this.notes.add(notice));
    this.bus.probe = this;
    this.host.onHappening = (happening) => this.#happening(happening);
    this.guest.onConsole = (line) => this.#console(line);
  }

  /** Virtual nanoseconds since the start. */
  get now(): number {
    return this.guest.machine.now;
  }

  /** An address for people: `vmt_tclo_tick+0x1f (vmt_tclo.c:123)`, as much of it as the object tells, or hex digits. */
  where(address: bigint): string {
    let text = this.#places.get(address);
    if (text === undefined) {
      text = this.#where(address);
      this.#places.set(address, text);
    }
    return text;
  }

  #where(address: bigint): string {
    const place = this.guest.symbolAt(address);
    if (place === null) return `0x${address.toString(16)}`;
    const name = place.offset === 0 ? place.name : `${place.name}+0x${place.offset.toString(16)}`;
    return `${name}${this.#line(address, place.name)}`;
  }

  /** A stack frame for people, with its line: of a caller, the line of the call. */
  frame({ text, site, function: name }: StackFrame): string {
    return `${text}${this.#line(site, name)}`;
  }

  /** What makes a run of this bench what it is. @param duration the time that it runs, as on the command line. */
  planFor(duration: string): Plan {
    const { host = {}, seed = 0, machine: { interfaces, ...machine } = {}, guest, preemptions } = this.#options;
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

  /** Lets happen what is due, at the host and in the schedule. Not from inside a call of the host. */
  fireEvents(): void {
    this.host.advance();
    for (let event = this.schedule.take(this.now); event !== null; event = this.schedule.take(this.now)) {
      if (isGuestEvent(event)) this.#guestEvent(event);
      else this.host.event(event);
    }
  }

  before(access: PortAccess): HostFault | null {
    const number = this.ports.accesses++;
    this.trace?.recorder.before(access);
    this.#command = commandOf(access);
    this.#call = this.#command === null ? null : callOf(this.host, access);
    const struck = this.strike?.(this.#call, number) ?? null;
    return this.plan.faults.length === 0 ? struck : (this.plan.match(this.#call, this.now) ?? struck);
  }

  after(access: PortAccess, fault: HostFault | null): void {
    this.trace?.recorder.after(access, fault);
    const fact: AccessFact = {
      at: this.now,
      pc: access.pc,
      port: access.port,
      command: this.#command,
      call: this.#call,
      outcome: this.#call === null ? 'ok' : outcomeOf(access),
      fault,
    };
    for (const watcher of this.watchers) watcher.access?.(fact);
    if (this.schedule.conditionMet) this.fireEvents();
    if (this.#options.preemptions !== undefined) this.#preempt(fact);
  }

  /** Between two calls: moves the time and what the guest's kernel does next, as if that many accesses had been made. */
  skip(nanoseconds: number, accesses: number): void {
    this.guest.postpone(nanoseconds);
    this.ports.accesses += accesses;
  }

  /** Everything that a run of this bench changes, its watchers and notes aside. Not from inside a callback. */
  snapshot(): BenchState {
    return {
      guest: this.guest.snapshot(),
      host: this.host.snapshot(),
      schedule: this.schedule.snapshot(),
      plan: this.plan.snapshot(),
      preemptions: this.preemptions.snapshot(),
      accesses: this.ports.accesses,
    };
  }

  restore(state: BenchState): void {
    this.guest.restore(state.guest);
    this.host.restore(state.host);
    this.schedule.restore(state.schedule);
    this.plan.restore(state.plan);
    this.preemptions.restore(state.preemptions);
    this.ports.accesses = state.accesses;
  }

  close(): void {
    this.guest.close();
  }

  /**
   * Behind an access: something may come in between, at once where it is due. Else the host has taken that long to
   * answer: time goes on, with all that happens until then.
   */
  #preempt({ call, pc }: AccessFact): void {
    const access = this.ports.accesses - 1;
    const next = this.guest.nextInterrupt();
    const opening = next === null ? null : { access, at: this.now, pc, due: next.at, function: next.function };
    if (opening !== null) for (const watcher of this.watchers) watcher.opening?.(opening);
    const planned = this.preemptions.match(call, this.now, access, opening);
    if (opening === null) return;
    const asked = this.letIn?.(opening) ?? false;
    if (!planned && !asked) return;
    passTime(this, opening.due);
    this.guest.preempt(this.now - opening.at);
    this.trace?.writer.event(this.now, 'preempt', this.where(opening.function));
    for (const watcher of this.watchers) watcher.preempted?.(opening);
  }

  /** What to add to a place in the function `name`: its line, and through which calls where it was inlined. */
  #line(address: bigint, name: string | null): string {
    const line = this.guest.lineAt(address);
    if (line === null) return '';
    const places = [line, ...line.calledFrom].map((place) => {
      // Compilers call pieces of a function `vmt_tick.part.0`.
      const own = place.function === null || place.function === name?.split('.')[0];
      return own ? place.text : `${place.text} in ${place.function}`;
    });
    return ` (${places.join(', ')})`;
  }

  #happening(happening: HostHappening): void {
    this.schedule.happening(happening);
    if (happening.kind === 'event') this.#traceEvent(happening);
    for (const watcher of this.watchers) watcher.happening?.(happening);
  }

  #guestEvent({ name, text }: GuestEvent): void {
    GUEST_EVENTS[name].run(this.guest, text);
    this.#happening({ at: this.now, kind: 'event', text: `${name} ${text}` });
  }

  /** An event of the plan goes into the trace by its name; what the host does by itself goes there as `host`. */
  #traceEvent({ at, text }: HostHappening): void {
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

/** The planned events. @throws VmtbenchError `event.text` for one that cannot come about on the bench's machine. */
function fitting({ events = [], machine, guest }: BenchOptions): readonly PlannedEvent[] {
  const whole = { ...machine, ...(guest?.interfaces === undefined ? {} : { interfaces: guest.interfaces }) };
  for (const { event, where } of events) {
    try {
      if (isGuestEvent(event)) GUEST_EVENTS[event.name].fit(event.text, whole);
    } catch (cause) {
      if (where === undefined || !(cause instanceof VmtbenchError)) throw cause;
      throw new VmtbenchError(cause.code, `${where}: ${cause.message}`, cause.hint, { cause });
    }
  }
  return events;
}
