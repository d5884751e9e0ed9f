import { type CpuException, SERVICE_WORK } from '../cpu/index.ts';
import type { StateCell } from '../state.ts';
import { CallArguments } from './abi/arguments.ts';
import { prepareCall, resultOf, setResult } from './abi/call.ts';
import { conventionOf } from './abi/conventions.ts';
import type { CallState, Context } from './call-state.ts';
import { CalledStubs } from './called-stubs.ts';
import { BadAccess } from './checked-memory.ts';
import { haltException } from './halt-exception.ts';
import { SIZES } from './layout.ts';
import { describeBlock, describeMisuse, isMisuse, type MisuseException } from './misuse.ts';
import type { CallResult, GuestOutcome, StackFrame, StubOutcome } from './outcome.ts';
import type { RunnerParts, RunnerState } from './runner-parts.ts';
import { ServedCall } from './served-call.ts';
import { type FrameState, StackTracer } from './stack-tracer.ts';
import type { BoundStub } from './stub.ts';

/** Runs functions of the object: enters them, serves the functions that they call, tells how it ended. */
export class Runner {
  readonly state: StateCell<RunnerState>;
  readonly #parts: RunnerParts;
  readonly #stackTracer: StackTracer;
  readonly #stacks: Readonly<Record<Context, FrameState['stack']>>;
  readonly #called: CalledStubs;
  #failure: StubOutcome | null = null;
  /** The running call; null while there is none, or while it is preempted. */
  #current: CallState | null = null;
  /** The process that soft interrupts have preempted. */
  #interrupted: CallState | null = null;
  /** Whether the soft interrupt that sleeps can go on; null: none sleeps. */
  #ready: (() => boolean) | null = null;
  /** The stub that is served is to be called again. */
  #again = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.state = parts.states.cell<RunnerState>('runner', { called: [] });
    this.#called = new CalledStubs(this.state);
    this.#stackTracer = new StackTracer(parts);
    const { stack } = parts.plan;
    const middle = stack + BigInt(SIZES.interruptStack);
    this.#stacks = {
      process: { bottom: stack, top: stack + BigInt(SIZES.stack) },
      softint: { bottom: stack, top: middle },
    };
  }

  /** No call is under way: the guest has gone back to a moment between two. */
  reset(): void {
    this.#failure = null;
    this.#current = null;
    this.#interrupted = null;
    this.#ready = null;
    this.#again = false;
  }

  /** From inside a stub: the call ends with this when the stub is done. The first one counts. */
  fail(outcome: StubOutcome): void {
    this.#failure ??= outcome;
  }

  get context(): Context {
    return this.#current?.context ?? 'process';
  }

  /** Whether a soft interrupt can preempt the call now, as far as the processor is concerned. From inside a callback. */
  get interruptible(): boolean {
    const alone = this.#current?.context === 'process' && this.#interrupted === null;
    return alone && this.#parts.machine.interruptible;
  }

  call(target: bigint, args: readonly bigint[], context: Context = 'process'): CallResult {
    if (this.#current !== null) throw new Error('a call into the guest from inside a stub');
    const { machine, convention, stubs, guard, entering, callBudget } = this.#parts;
    const stack = this.#stacks[this.#interrupted === null ? 'process' : 'softint'];
    // Not as a stub writes: a call that ended in a finding has left its return addresses on the stack, and guarded.
    const after = prepareCall(machine, machine.registers, convention, stack.top, stubs.returnAddress, args);
    machine.registers.rip = target;
    const asleep = { registers: null, frameState: null, keeps: undefined };
    const abi = this.#parts.abi.enter(after);
    const call: CallState = { target, context, abi, stack, left: callBudget, ...asleep, end: undefined };
    this.#failure = null;
    this.#current = call;
    guard?.begin();
    entering?.();
    try {
      return { outcome: this.#run(call), ...resultOf(machine.registers, convention) };
    } finally {
      this.#current = null;
    }
  }

  /**
   * From inside a stub of a soft interrupt that has a thread of its own: it sleeps, and the process that it
   * preempted goes on until `ready`. False: there is no such process, or it ended first.
   */
  sleep(ready: () => boolean): boolean {
    const [sleeper, process] = [this.#current, this.#interrupted];
    if (sleeper === null || process === null || sleeper === process) return false;
    this.#leave(sleeper);
    this.#enter(process);
    this.#ready = ready;
    this.#run(process);
    this.#ready = null;
    this.#leave(process);
    this.#enter(sleeper);
    return ready();
  }

  /** From inside a stub of a process: see `Services`. */
  giveWay(): boolean | null {
    if (this.#ready === null) return null;
    this.#again = this.#ready();
    return this.#again;
  }

  /** Runs a call to its end, or to the first end of a stub at which the soft interrupt that sleeps can go on. */
  #run(call: CallState): GuestOutcome | null {
    while (call.end === undefined && call.left > 0) {
      const end = this.#advance(call);
      if (end !== undefined) call.end = end;
      else if (this.#ready?.() === true) return null;
    }
    if (call.end === undefined) call.end = { kind: 'hang', ...this.#where(this.#parts.machine.registers.rip) };
    return call.end;
  }

  /** Goes on to the next thing that the guest cannot do alone, and does that. undefined: the call has not ended. */
  #advance(call: CallState): GuestOutcome | null | undefined {
    const { machine, stubs } = this.#parts;
    const stop = machine.run(machine.registers.rip, { blocks: call.left });
    // A guest that loops over a stub uses up its budget too.
    call.left = machine.workLeft - SERVICE_WORK;
    if (stop.reason === 'fault') return this.#fault(stop.fault) ?? undefined;
    if (stop.reason === 'preempted') return this.#shouldPreempt(call);
    if (stop.reason === 'stopped') return { kind: 'stopped', ...this.#where(stop.pc) };
    if (stop.reason === 'budget') return { kind: 'hang', ...this.#where(stop.pc) };
    if (stop.pc === stubs.returnAddress) {
      this.#parts.abi.leave(call.target, call.abi);
      return null;
    }
    const stub = stubs.stubAt(stop.pc);
    const excess = this.#parts.excess();
    if (excess !== null) this.fail({ kind: 'excess', message: excess });
    return (stub === null ? this.#fault(haltException(stop.pc)) : this.#serve(stub, stop.pc)) ?? undefined;
  }

  /** Behind a port access: the interrupts that are due run, and the call goes on with its own registers. */
  #shouldPreempt(call: CallState): GuestOutcome | null | undefined {
    // A stack that runs over is not to be seen as the other call's.
    if (this.#parts.machine.registers.rsp <= this.#stacks.softint.top) return undefined;
    this.#leave(call);
    this.#interrupted = call;
    this.#current = null;
    const outcome = this.#parts.interrupt();
    this.#interrupted = null;
    this.#enter(call);
    // Null: it has gone on to its end while the other one slept.
    return call.end ?? outcome ?? call.end;
  }

  #leave(call: CallState): void {
    const { machine } = this.#parts;
    const { rip: pc, rsp, rbp } = machine.registers;
    call.frameState = { pc, rsp, rbp, stack: call.stack };
    call.registers = machine.saveContext();
    call.keeps = this.#parts.guard?.leave();
  }

  #enter(call: CallState): void {
    if (call.registers !== null) {
      this.#parts.machine.restoreContext(call.registers);
      this.#parts.guard?.enter(call.keeps);
    }
    this.#current = call;
  }

  /** @param pc where the stub stands. */
  #serve(stub: BoundStub, pc: bigint): GuestOutcome | null {
    const { machine, memory, convention, memoryMap } = this.#parts;
    const { registers } = machine;
    this.#called.note(stub.name);
    let returnAddress = 0n;
    try {
      returnAddress = this.#stackTracer.topOfStack();
      this.#parts.abi.call(returnAddress, stub.name);
      const rest = new CallArguments(memory, registers, conventionOf(stub, convention));
      const args: (number | bigint)[] = [];
      for (const type of stub.parameters) args.push(rest.take(type));
      memoryMap.heap.site = returnAddress;
      const value = stub.run(args, new ServedCall(stub.name, returnAddress, rest, registers));
      if (this.#again) {
        this.#again = false;
        machine.registers.rip = pc;
        return null;
      }
      if (value !== undefined) setResult(registers, stub.result, convention.wordSize === 8 ? 64 : 32, value);
    } catch (error) {
      if (!(error instanceof BadAccess)) throw error;
      return this.#badPointer(stub, error, returnAddress);
    } finally {
      memoryMap.heap.site = null;
    }
    if (this.#failure !== null) return { ...this.#known(this.#failure), ...this.#whereCalled(returnAddress) };
    registers.rsp += BigInt(convention.wordSize);
    registers.rip = returnAddress;
    return null;
  }

  /** A missing function: it returns 0. */
  #skip(symbol: string): null {
    const { machine, convention } = this.#parts;
    this.#called.note(symbol);
    const returnAddress = this.#stackTracer.topOfStack();
    machine.registers.rax = 0n;
    machine.registers.rdx = 0n;
    machine.registers.rsp += BigInt(convention.wordSize);
    machine.registers.rip = returnAddress;
    return null;
  }

  #badPointer(stub: BoundStub, error: BadAccess, pc: bigint): GuestOutcome {
    const { address, size, write } = error;
    const symbol = this.#parts.stubs.missingAt(address);
    if (symbol !== null) return { kind: 'missingSymbol', symbol, use: 'data', ...this.#whereCalled(pc) };
    const message = `${stub.name}: ${error.message}`;
    const kind = error.misuse ?? (write ? 'write' : 'read');
    const fault: CpuException = { kind, pc, address, size, vector: error.misuse === null ? 14 : null, message };
    if (isMisuse(fault)) return { ...this.#misuse(fault, stub.name), ...this.#whereCalled(pc) };
    return { kind: 'fault', fault, ...this.#whereCalled(pc) };
  }

  #fault(fault: CpuException): GuestOutcome | null {
    const { stubs, plan, machine, lenient } = this.#parts;
    if (isMisuse(fault)) return { ...this.#misuse(fault), ...this.#where(fault.pc) };
    const next = fault.kind === 'invalidOpcode' ? this.#invalidOpcode(fault.pc) : null;
    if (this.#failure !== null) return { ...this.#known(this.#failure), ...this.#where(fault.pc) };
    if (next !== null) {
      machine.registers.rip = next;
      return null;
    }
    const symbol = fault.address === null ? null : stubs.missingAt(fault.address);
    if (symbol !== null && fault.kind === 'fetch' && lenient && this.#stackTracer.hasStack) return this.#skip(symbol);
    if (symbol !== null && fault.kind === 'fetch') {
      // The call itself worked: its return address is on the stack, unless it was a jump at the end of a function.
      return { kind: 'missingSymbol', symbol, use: 'call', ...this.#whereCalled(this.#returnOf(fault)) };
    }
    if (symbol !== null) return { kind: 'missingSymbol', symbol, use: 'data', ...this.#where(fault.pc) };
    const below = machine.registers.rsp < plan.stack + 64n && fault.kind === 'write';
    const shown = below ? { ...fault, message: `${fault.message}: the stack is used up` } : fault;
    return { kind: 'fault', fault: shown, ...this.#where(fault.pc) };
  }

  /** What the system around the object makes of it; tables of the object's that lead nowhere explain nothing. */
  #invalidOpcode(pc: bigint): bigint | null {
    try {
      return this.#parts.invalidOpcode?.(pc) ?? null;
    } catch (error) {
      if (error instanceof BadAccess) return null;
      throw error;
    }
  }

  /** @param stub the imported function that did it on the guest's behalf, if one did. */
  #misuse(fault: MisuseException, stub: string | null = null): StubOutcome {
    const { message, detail } = describeMisuse(fault, this.#parts.memoryMap);
    return { kind: 'memory', message: stub === null ? message : `${stub}: ${message}`, detail, address: fault.address };
  }

  /** A block that was given back wrongly has a history. */
  #known(failure: StubOutcome): StubOutcome {
    if (failure.kind !== 'memory' || failure.detail !== undefined) return failure;
    return { ...failure, detail: describeBlock(failure.address, this.#parts.memoryMap) };
  }

  #returnOf(fault: CpuException): bigint {
    if (!this.#stackTracer.hasStack) return fault.pc;
    const top = this.#stackTracer.topOfStack();
    const { calls, blockEnd } = this.#parts.machine;
    // What lies on top is the jumping function's own return address: nothing was called.
    return calls[0] === top || (this.#parts.notesCalls && top === this.#parts.stubs.returnAddress) ? blockEnd : top;
  }

  /** As seen from the instruction before a return address. */
  #whereCalled(returnAddress: bigint): { pc: bigint; stack: StackFrame[] } {
    return this.#where(returnAddress, returnAddress - 1n);
  }

  #where(pc: bigint, site: bigint = pc): { pc: bigint; stack: StackFrame[] } {
    const { rsp, rbp } = this.#parts.machine.registers;
    const stack = this.#current?.stack ?? this.#stacks.process;
    const outer = this.#interrupted === this.#current ? null : (this.#interrupted?.frameState ?? null);
    const interrupted = outer === null ? [] : this.#stackTracer.traceInterrupted(outer);
    return { pc, stack: [...this.#stackTracer.traceCurrent({ pc, rsp, rbp, stack }, site), ...interrupted] };
  }
}
