import { Machine } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { ObjectFile, SourceLine, SymbolPlace } from '../object/index.ts';
import { States } from '../state.ts';
import { AbiWatch } from './abi/abi-watch.ts';
import { conventionFor, REGPARM3_I386 } from './abi/conventions.ts';
import { CheckedMemory } from './checked-memory.ts';
import { Clock } from './clock.ts';
import { type ConsoleLine, GuestConsole } from './console.ts';
import { excessWatch } from './excess.ts';
import { Globals } from './globals.ts';
import type { GuestFuture, GuestState } from './guest-state.ts';
import { Heap } from './heap.ts';
import { parseAddress } from './interfaces.ts';
import type {
  CopiedCode,
  EntryPoints,
  Interrupt,
  KernelChoice,
  KernelFacts,
  KernelModel,
  KernelName,
  PendingCall,
} from './kernel-model.ts';
import { isOnStack, mapWorkspace, planFor, SIZES } from './layout.ts';
import { Linker } from './linker.ts';
import { CALL_BUDGET, type GuestOptions } from './options.ts';
import type { CallResult, GuestOutcome } from './outcome.ts';
import { Places } from './places.ts';
import { resolveFields } from './resolve-fields.ts';
import { Runner } from './runner.ts';
import { kernelServices } from './services.ts';
import { symbolHint } from './symbol-hint.ts';
import { readingTables } from './wild-pointer.ts';

/** An object, its processor and the system around it: ready to run. */
export class Guest {
  readonly machine: Machine;
  readonly object: ObjectFile;
  readonly kernel: KernelName;
  readonly clock: Clock<PendingCall>;
  readonly heap: Heap;
  /** The states of all that a run changes here, the processor aside. */
  readonly #states = new States();
  readonly #kernelStates = new States();
  readonly #console: GuestConsole;
  readonly #model: KernelModel;
  readonly #runner: Runner;
  readonly #linker: Linker;
  /** What lies where in it. */
  readonly places: Places;
  /** Whether it keeps the ABI towards its kernel. */
  readonly abi: AbiWatch;
  readonly #memory: CheckedMemory;
  /** Where the stack begins. */
  readonly #stack: bigint;

  /** @throws VmtbenchError for an object that cannot be loaded. */
  constructor(object: ObjectFile, kernel: KernelChoice, options: GuestOptions = {}) {
    this.object = object;
    this.kernel = kernel.name;
    const plan = planFor(object);
    this.#stack = plan.stack;
    this.machine = new Machine({ ...options.machine, bits: object.bits });
    try {
      const checked = options.memoryChecker ?? true;
      const isDynamic = (address: bigint) => isOnStack(plan.stack, address) || this.heap.isGuests(address);
      this.#memory = new CheckedMemory(this.machine, checked ? isDynamic : undefined);
      mapWorkspace(this.machine, plan, checked);
      this.heap = new Heap(this.#memory, plan.heap, SIZES.heap, this.#states);
      this.clock = new Clock<PendingCall>(this.machine, this.#states);
      this.#console = new GuestConsole(() => this.clock.now, this.#states);
      this.#console.onExcess = (excess) => this.#runner.fail(excess);
      this.#linker = new Linker(object, plan, this.#states);
      this.places = new Places(object, this.#linker);
      this.abi = new AbiWatch(this.machine.registers, object.bits === 64 ? 8 : 4);
      const services = kernelServices({
        guest: this,
        states: this.#kernelStates,
        machine: this.machine,
        memory: this.#memory,
        console: this.#console,
        linker: this.#linker,
        plan,
        model: () => this.#model,
        runner: () => this.#runner,
      });
      this.#model = kernel.create(services, options);
      const lenient = options.lenient ?? false;
      const own = { stubs: options.stubs ?? new Map(), data: options.data ?? new Map(), lenient, checked };
      readingTables(object, () => this.#linker.link(this.machine, this.#model, own));
      const globals = new Globals(this.#linker.image);
      if (checked) this.machine.memory.bounds = globals;
      const { convention = conventionFor(object.bits) } = this.#model;
      this.#runner = new Runner({
        states: this.#states,
        machine: this.machine,
        memory: this.#memory,
        convention: options.regparm === true && object.bits === 32 ? REGPARM3_I386 : convention,
        abi: this.abi,
        plan,
        stubs: this.#linker.stubs,
        symbols: this.#linker.symbols,
        memoryMap: this.places.memoryMap(this.heap, globals),
        notesCalls: checked,
        callBudget: options.callBudget ?? CALL_BUDGET,
        excess: excessWatch(() => ({ ...this.#kernelStates.now, clock: this.clock.state.now })),
        lenient,
        guard: this.#model.guard,
        entering: this.#model.entering?.bind(this.#model),
        invalidOpcode: this.#model.invalidOpcode?.bind(this.#model),
        interrupt: () => this.#model.interrupts?.run() ?? null,
      });
      resolveFields(object, this.#linker.image, this.machine, (target) => this.#runner.call(target, []));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What rules may know of the kernel around it. */
  get kernelFacts(): KernelFacts {
    return this.#model.facts;
  }

  /** Code of the object that the kernel copied over other code of it. */
  get copiedCode(): readonly CopiedCode[] {
    return this.#model.copiedCode ?? [];
  }

  /** Every whole line that the guest has printed; of very many the first and the last. */
  get console(): readonly ConsoleLine[] {
    return this.#console.lines;
  }

  /** Their texts; where lines are left out, one says how many. */
  get consoleTexts(): string[] {
    return this.#console.texts;
  }

  /** What the guest has printed after its last newline. */
  get partialLine(): string {
    return this.#console.partial;
  }

  /** Ends the line that is being printed: the run is over. */
  endLine(): void {
    this.#console.endLine();
  }

  get onConsole(): ((line: ConsoleLine) => void) | null {
    return this.#console.onLine;
  }

  set onConsole(listener: ((line: ConsoleLine) => void) | null) {
    this.#console.onLine = listener;
  }

  /** Functions that the guest called outside itself, in the order of their first call. */
  get stubsCalled(): string[] {
    return [...this.#runner.state.now.called];
  }

  /** Brings the object up, as its kernel would: probe, attach, hooks. null: all went through. */
  boot(): GuestOutcome | null {
    return this.#afterCall(readingTables(this.object, () => this.#model.boot()));
  }

  /** Runs the one next thing that is due at `clock.now`, if any. The owner moves the time. */
  step(): GuestOutcome | null {
    return this.#afterCall(readingTables(this.object, () => this.#model.step()));
  }

  /** What users of the driver can call it for. */
  get entryPoints(): EntryPoints {
    return this.#model.entryPoints ?? new Map();
  }

  /** Calls one of them, between two other calls. @param text what the user gives it */
  enter(name: string, text: string): GuestOutcome | null {
    return this.#afterCall(this.entryPoints.get(name)?.(text) ?? null);
  }

  /** Virtual ns of the next thing that the kernel does by itself; not after now: something is due. */
  nextDeadline(): number | null {
    return this.#model.nextDeadline();
  }

  /** From inside a port callback: the first soft interrupt that the kernel would let in between behind this access. */
  nextInterrupt(): Interrupt | null {
    const next = this.#model.interrupts?.next() ?? null;
    return next !== null && this.#runner.interruptible ? next : null;
  }

  /** From there: the interrupts that are due and allowed preempt the call. */
  preempt(): void {
    this.machine.preempt();
  }

  /**
   * Calls any function by its ABI. One argument is one machine word: on i386 a 64-bit one is two, low half first.
   * @throws VmtbenchError `guest.symbol` for a name that the object does not have.
   */
  call(target: string | bigint, args: readonly bigint[] = []): CallResult {
    const result = this.#runner.call(typeof target === 'bigint' ? target : this.#functionAddress(target), args);
    return { ...result, outcome: this.#afterCall(result.outcome) };
  }

  /** Puts bytes, or that many zeroes, into fresh guest memory and returns where. @param name what it is, for people */
  place(content: Uint8Array | number, name?: string): bigint {
    const bytes = typeof content === 'number' ? new Uint8Array(content) : content;
    const address = this.heap.allocate(bytes.length, true, name);
    if (address === null) {
      const hint = `The guest's heap has ${SIZES.heap / 1024 / 1024} MiB.`;
      throw new VmtbenchError('guest.heap', `no room for ${bytes.length} bytes in the guest`, hint);
    }
    this.machine.write(address, bytes);
    return address;
  }

  /** A symbol of the object, a symbol that the kernel gives it, or a name of the kernel's own such as `self`. */
  symbol(name: string): bigint | null {
    return this.#linker.symbol(name) ?? this.#model.names.get(name) ?? null;
  }

  symbolAt(address: bigint): SymbolPlace | null {
    return this.places.symbolAt(address);
  }

  /** The line that the instruction at (or around) an address comes from; null: not known. Of a call give its last byte. */
  lineAt(address: bigint): SourceLine | null {
    return this.places.lineAt(address);
  }

  /** Everything that a run changes here. Not from inside a callback. */
  snapshot(): unknown {
    const [parts, kernel] = [this.#states.snapshot(), this.#kernelStates.snapshot()];
    return { machine: this.machine.snapshot(), parts, kernel } satisfies GuestState;
  }

  /** Back to a snapshot of this guest. */
  restore(state: unknown): void {
    const { machine, parts, kernel } = state as GuestState;
    this.machine.restore(machine);
    this.#states.restore(parts);
    this.#kernelStates.restore(kernel);
    this.#runner.reset();
  }

  /**
   * What decides all that it does from now on, as plain data: two states of one guest with the same future behave the
   * same. What it has printed is not in it, nor what lies on the stack, which is dead between two calls.
   */
  future(): GuestFuture {
    const { alarms } = this.clock;
    return {
      due: alarms.map(({ at }) => at),
      rest: [
        this.machine.memoryDigest([this.#stack]),
        this.#kernelStates.now,
        alarms.map(({ key, payload }) => [key, payload]),
        this.heap.future(),
        this.#console.partial,
        this.#linker.state.now.reserved,
      ],
    };
  }

  /** Moves the time forward between two calls, and what is due next by as much: it stays the next. */
  postpone(nanoseconds: number): void {
    this.machine.now += nanoseconds;
    this.clock.postponeNext(nanoseconds);
  }

  /**
   * Gives an interface other addresses, such as `10.0.0.9/24`; nothing where the guest sees no such interface. At most
   * {@link MORE_ADDRESSES} more than it had at its start count.
   * @throws VmtbenchError `guest.interface` for what is no address.
   */
  setAddresses(name: string, addresses: readonly string[]): void {
    this.#model.network?.get(name)?.(addresses.map(parseAddress));
  }

  /** Frees the processor. */
  close(): void {
    this.machine.close();
  }

  #functionAddress(name: string): bigint {
    const address = this.symbol(name);
    if (address !== null) return address;
    throw new VmtbenchError('guest.symbol', `${this.object.name} has no symbol ${name}`, symbolHint(name, this.object));
  }

  /** A guest that asked to be shut down ends the run when the call is over; the owner may call on after that. */
  #afterCall(outcome: GuestOutcome | null): GuestOutcome | null {
    const how = outcome === null ? this.#model.takeShutdown() : null;
    return how === null ? outcome : { kind: 'halted', how, pc: this.machine.registers.rip, stack: [] };
  }
}
