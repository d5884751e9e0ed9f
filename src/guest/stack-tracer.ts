import type { Processor } from '../cpu/index.ts';
import type { SymbolIndex } from '../object/index.ts';
import type { CallingConvention } from './abi/conventions.ts';
import type { CheckedMemory } from './checked-memory.ts';
import type { StackFrame } from './outcome.ts';
import { traceStack } from './stack-trace.ts';
import type { StubArea } from './stub-area.ts';

export interface StackTracerParts {
  readonly machine: Processor;
  readonly memory: CheckedMemory;
  readonly convention: CallingConvention;
  readonly symbols: SymbolIndex;
  readonly stubs: StubArea;
  /** The machine notes each call: its list is the stack. */
  readonly notesCalls: boolean;
}

/** Where a call has come to: an instruction and the stack that it stands on. */
export interface FrameState {
  readonly pc: bigint;
  readonly rsp: bigint;
  readonly rbp: bigint;
  /** The part of the stack that is this call's; the end is exclusive. */
  readonly stack: { readonly bottom: bigint; readonly top: bigint };
}

/** Names the calls that are under way. */
export class StackTracer {
  readonly #parts: StackTracerParts;

  constructor(parts: StackTracerParts) {
    this.#parts = parts;
  }

  /** @param site inside the innermost instruction: not `pc` itself where that is a return address. */
  trace({ pc, rsp, rbp, stack }: FrameState, site: bigint = pc): StackFrame[] {
    const { memory, convention, symbols, stubs } = this.#parts;
    // A stack pointer that a walk can start from.
    const aligned = rsp & ~BigInt(convention.wordSize - 1);
    return traceStack({
      memory,
      wordSize: convention.wordSize,
      pc,
      site,
      stackPointer: aligned < stack.bottom ? stack.bottom : aligned,
      framePointer: rbp,
      stackTop: stack.top,
      functionStart: (address) => symbols.functionStart(address),
      isCode: (address) => symbols.isExecutable(address),
      frameAt: (address, site) => describe(address, site, symbols, stubs),
    });
  }

  /** The calls under way in the machine now. @param site as in {@link trace} */
  traceCurrent(frameState: FrameState, site: bigint): StackFrame[] {
    const { machine, symbols, stubs, notesCalls } = this.#parts;
    if (!notesCalls) return this.trace(frameState, site);
    const { pc } = frameState;
    const [first, ...rest] = machine.calls;
    // A function of the kernel's is seen from behind its call, which is the innermost one.
    const callers = first === undefined ? [] : first === pc ? rest : [first, ...rest];
    const frames: (readonly [bigint, bigint])[] = [[pc, site], ...callers.map((at) => [at, at - 1n] as const)];
    return frames.map(([address, inside]) => describe(address, inside, symbols, stubs));
  }

  /** The preempted call, for the end of the preempting one's stack. */
  traceInterrupted(frameState: FrameState): StackFrame[] {
    const [first, ...rest] = this.trace(frameState);
    return first === undefined ? [] : [{ ...first, text: `interrupted: ${first.text}` }, ...rest];
  }

  /** The word on top of the stack. */
  topOfStack(): bigint {
    const { machine, memory, convention } = this.#parts;
    return memory.readUint(machine.registers.rsp, convention.wordSize);
  }

  get hasStack(): boolean {
    const { machine, convention } = this.#parts;
    return machine.isMapped(machine.registers.rsp, convention.wordSize);
  }
}

function describe(address: bigint, site: bigint, symbols: SymbolIndex, stubs: StubArea): StackFrame {
  const place = symbols.at(address);
  const name = place?.name ?? stubs.nameAt(address);
  const offset = place?.offset ?? 0;
  const text = name === null ? `0x${address.toString(16)}` : `${name}+0x${offset.toString(16)}`;
  return { address, text, function: name, offset, site };
}
