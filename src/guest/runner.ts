import type { Fault, Machine } from '../cpu/index.ts';
import { CallArguments } from './abi/arguments.ts';
import { prepareCall, setResult } from './abi/call.ts';
import { type CallingConvention, conventionOf } from './abi/conventions.ts';
import { BadAccess, type CheckedMemory } from './checked-memory.ts';
import type { BoundStub } from './kernels/stub.ts';
import { type AddressPlan, SIZES } from './layout.ts';
import type { SymbolIndex } from './load/symbol-index.ts';
import { describeBlock, describeMisuse, isMisuse, type MemoryMap, type MisuseFault } from './misuse.ts';
import type { CallResult, GuestOutcome, StackFrame, StubOutcome } from './outcome.ts';
import { traceStack } from './stack-trace.ts';
import type { StubArea } from './stub-area.ts';

export interface RunnerParts {
  readonly machine: Machine;
  readonly memory: CheckedMemory;
  readonly convention: CallingConvention;
  readonly plan: AddressPlan;
  readonly stubs: StubArea;
  readonly symbols: SymbolIndex;
  readonly memoryMap: MemoryMap;
  /** Blocks of code that one call may run; a port access counts as many as it costs nanoseconds. */
  readonly callBudget: number;
  /** Functions that nobody wrote give 0, and the call goes on. */
  readonly lenient: boolean;
  /** Told before code of the object runs. */
  readonly entering: (() => void) | undefined;
  /** Where an instruction that no processor has leads to; null, or nobody to ask: it is a fault. */
  readonly invalidOpcode: ((pc: bigint) => bigint | null) | undefined;
}

/** Runs functions of the object: enters them, serves the functions that they call, tells how it ended. */
export class Runner {
  /** Names of the functions that the guest called and TypeScript served, in the order of their first call. */
  readonly called: Set<string> = new Set();
  readonly #parts: RunnerParts;
  readonly #stackTop: bigint;
  #failure: StubOutcome | null = null;
  #running = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#stackTop = parts.plan.stack + BigInt(SIZES.stack);
  }

  /** From inside a stub: the call ends with this when the stub is done. The first one counts. */
  fail(outcome: StubOutcome): void {
    this.#failure ??= outcome;
  }

  call(target: bigint, args: readonly bigint[]): CallResult {
    if (this.#running) throw new Error('a call into the guest from inside a stub');
    const { machine, convention, stubs, entering } = this.#parts;
    // Not as a stub writes: a call that ended in a finding has left its return addresses on the stack, and guarded.
    prepareCall(machine, machine.registers, convention, this.#stackTop, stubs.returnAddress, args);
    this.#failure = null;
    this.#running = true;
    entering?.();
    try {
      return this.#result(this.#run(target));
    } finally {
      this.#running = false;
    }
  }

  #run(target: bigint): GuestOutcome | null {
    const { machine, stubs, callBudget } = this.#parts;
    let pc = target;
    for (let left = callBudget; left > 0; ) {
      const before = machine.now;
      const stop = machine.run(pc, { blocks: left });
      // A guest that loops over a stub uses up its budget too.
      left -= Math.max(1, machine.now - before);
      pc = stop.pc;
      if (stop.reason === 'fault') {
        const outcome = this.#fault(stop.fault);
        if (outcome !== null) return outcome;
        pc = machine.registers.rip;
        continue;
      }
      if (stop.reason === 'stopped') return { kind: 'stopped', ...this.#where(pc) };
      if (stop.reason === 'budget') break;
      if (pc === stubs.returnAddress) return null;
      const stub = stubs.stubAt(pc);
      if (stub === null) return this.#fault(haltFault(pc));
      const outcome = this.#serve(stub);
      if (outcome !== null) return outcome;
      pc = machine.registers.rip;
    }
    return { kind: 'hang', ...this.#where(pc) };
  }

  #serve(stub: BoundStub): GuestOutcome | null {
    const { machine, memory, convention, memoryMap } = this.#parts;
    this.called.add(stub.name);
    const wordBits = convention.wordSize === 8 ? 64 : 32;
    let returnAddress = 0n;
    try {
      returnAddress = this.#topOfStack();
      const rest = new CallArguments(memory, machine.registers, conventionOf(stub, convention));
      const args = stub.parameters.map((type) => rest.take(type));
      memoryMap.heap.site = returnAddress;
      const setHigh = (high: bigint): void => {
        machine.registers.rdx = high;
      };
      const value = stub.run(args, { name: stub.name, returnAddress, rest, setHigh });
      if (value !== undefined) setResult(machine.registers, stub.result, wordBits, BigInt(value));
    } catch (error) {
      if (!(error instanceof BadAccess)) throw error;
      return this.#badPointer(stub, error, returnAddress);
    }
    if (this.#failure !== null) return { ...this.#known(this.#failure), ...this.#whereCalled(returnAddress) };
    machine.registers.rsp += BigInt(convention.wordSize);
    machine.registers.rip = returnAddress;
    return null;
  }

  /** A function that nobody wrote: it gives 0. */
  #skip(symbol: string): null {
    const { machine, convention } = this.#parts;
    this.called.add(symbol);
    const returnAddress = this.#topOfStack();
    machine.registers.rax = 0n;
    machine.registers.rdx = 0n;
    machine.registers.rsp += BigInt(convention.wordSize);
    machine.registers.rip = returnAddress;
    return null;
  }

  #hasStack(): boolean {
    const { machine, convention } = this.#parts;
    return machine.isMapped(machine.registers.rsp, convention.wordSize);
  }

  #topOfStack(): bigint {
    const { machine, memory, convention } = this.#parts;
    return memory.readUint(machine.registers.rsp, convention.wordSize);
  }

  #badPointer(stub: BoundStub, error: BadAccess, pc: bigint): GuestOutcome {
    const { address, size, write } = error;
    const symbol = this.#parts.stubs.missingAt(address);
    if (symbol !== null) return { kind: 'missingSymbol', symbol, use: 'data', ...this.#whereCalled(pc) };
    const message = `${stub.name}: ${error.message}`;
    const kind = error.misuse ?? (write ? 'write' : 'read');
    const fault: Fault = { kind, pc, address, size, vector: error.misuse === null ? 14 : null, message };
    if (isMisuse(fault)) return { ...this.#misuse(fault, stub.name), ...this.#whereCalled(pc) };
    return { kind: 'fault', fault, ...this.#whereCalled(pc) };
  }

  #fault(fault: Fault): GuestOutcome | null {
    const { stubs, plan, machine, lenient } = this.#parts;
    if (isMisuse(fault)) return { ...this.#misuse(fault), ...this.#where(fault.pc) };
    const next = fault.kind === 'invalidOpcode' ? this.#invalidOpcode(fault.pc) : null;
    if (this.#failure !== null) return { ...this.#known(this.#failure), ...this.#where(fault.pc) };
    if (next !== null) {
      machine.registers.rip = next;
      return null;
    }
    const symbol = fault.address === null ? null : stubs.missingAt(fault.address);
    if (symbol !== null && fault.kind === 'fetch' && lenient && this.#hasStack()) return this.#skip(symbol);
    if (symbol !== null && fault.kind === 'fetch') {
      // The call itself worked: its return address is on the stack.
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
  #misuse(fault: MisuseFault, stub: string | null = null): StubOutcome {
    const { message, detail } = describeMisuse(fault, this.#parts.memoryMap);
    return { kind: 'memory', message: stub === null ? message : `${stub}: ${message}`, detail, address: fault.address };
  }

  /** A block that was given back wrongly has a history. */
  #known(failure: StubOutcome): StubOutcome {
    if (failure.kind !== 'memory' || failure.detail !== undefined) return failure;
    return { ...failure, detail: describeBlock(failure.address, this.#parts.memoryMap) };
  }

  #returnOf(fault: Fault): bigint {
    const { machine, memory, convention } = this.#parts;
    const { rsp } = machine.registers;
    return machine.isMapped(rsp, convention.wordSize) ? memory.readUint(rsp, convention.wordSize) : fault.pc;
  }

  #result(outcome: GuestOutcome | null): CallResult {
    const { machine, convention } = this.#parts;
    const { rax, rdx } = machine.registers;
    if (convention.wordSize === 8) return { outcome, value: rax, wideValue: rax };
    const low = BigInt.asUintN(32, rax);
    return { outcome, value: low, wideValue: (BigInt.asUintN(32, rdx) << 32n) | low };
  }

  /** As seen from the instruction before a return address. */
  #whereCalled(returnAddress: bigint): { pc: bigint; stack: StackFrame[] } {
    return this.#where(returnAddress, returnAddress - 1n);
  }

  #where(pc: bigint, site: bigint = pc): { pc: bigint; stack: StackFrame[] } {
    const { machine, memory, convention, symbols, stubs } = this.#parts;
    const stack = traceStack({
      memory,
      wordSize: convention.wordSize,
      pc,
      site,
      stackPointer: this.#clampStack(machine.registers.rsp),
      framePointer: machine.registers.rbp,
      stackTop: this.#stackTop,
      functionStart: (address) => symbols.functionStart(address),
      isCode: (address) => symbols.isExecutable(address),
      frameAt: (address, site) => describe(address, site, symbols, stubs),
    });
    return { pc, stack };
  }

  /** A stack pointer that a walk can start from. */
  #clampStack(pointer: bigint): bigint {
    const { stack } = this.#parts.plan;
    const aligned = pointer & ~BigInt(this.#parts.convention.wordSize - 1);
    return aligned < stack ? stack : aligned;
  }
}

function describe(address: bigint, site: bigint, symbols: SymbolIndex, stubs: StubArea): StackFrame {
  const place = symbols.at(address);
  const name = place?.name ?? stubs.nameAt(address);
  const offset = place?.offset ?? 0;
  const text = name === null ? `0x${address.toString(16)}` : `${name}+0x${offset.toString(16)}`;
  return { address, text, function: name, offset, site };
}

/** A HLT of the guest's own: nothing would ever wake it here. */
function haltFault(pc: bigint): Fault {
  const message = 'the guest executed HLT itself';
  return { kind: 'protection', pc, address: null, size: 0, vector: null, message };
}
