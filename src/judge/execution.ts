import type { HostOptions, Violation } from '../tclo-host/index.ts';

/** A line that the guest printed. */
export interface PrintedLine {
  /** Virtual nanoseconds of its first character. */
  readonly at: number;
  readonly text: string;
}

/** A live block of the guest's heap. */
export interface HeapBlock {
  readonly address: bigint;
  /** Bytes, as requested. */
  readonly size: number;
  /** The guest's instruction behind the allocating call; null: the bench allocated it. */
  readonly by: bigint | null;
}

/** What the guest has not kept of the ABI where it met its kernel. */
export interface AbiBreakFact {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly kind: 'register' | 'stack' | 'direction' | 'interrupts';
  /** `RBX`, `DF`; of the stack pointer how many bytes it is off. */
  readonly what: string;
  /** The function that returned; where it called the kernel, the return address. */
  readonly pc: bigint;
  /** The kernel's function that it called; null: its own call is over. */
  readonly called: string | null;
}

/** Something that a function does not keep of the ABI, as its code says. */
export interface CodeBreach {
  readonly kind: AbiBreakFact['kind'] | 'redZone' | 'lost';
  /** `RBX`; of the stack pointer how many bytes it is off. */
  readonly what: string;
  /** The instruction that does it. */
  readonly by: bigint;
  /** Where the function returns; of `redZone` and `lost` where the memory, or the register, is used. */
  readonly shows: bigint;
}

/** What the code around a backdoor instruction says. */
export interface SiteCode {
  readonly pc: bigint;
  /** The function that it is in. */
  readonly function: string;
  /** The straight piece of code that it is in: its sequence. */
  readonly from: bigint;
  readonly to: bigint;
  readonly breaches: readonly CodeBreach[];
}

/** What became of an answer behind the instruction that brought it, as the code says. */
export interface AnswerFate {
  /**
   * `call`: a called function may change the register; `return`: its function returns; `unread`: it is stored on the
   * function's own stack, and nothing reads it there.
   */
  readonly kind: 'read' | 'overwritten' | 'call' | 'return' | 'unread';
  /** The instruction; null: something reads the answer, or may. */
  readonly at: bigint | null;
}

/** One entry of the guest's call stack. */
export interface ExecutionFrame {
  readonly text: string;
  readonly function: string | null;
  /** An address inside the instruction whose line is shown: a return address lies behind its call. */
  readonly site: bigint;
}

/** How an execution ended early. */
export type ExecutionEnd = {
  readonly pc: bigint;
  readonly stack: readonly ExecutionFrame[];
  /** What the protocol says of it, where it was in a transfer. */
  readonly violation?: Violation;
} & (
  | { readonly kind: 'fault'; readonly fault: { readonly message: string } }
  | { readonly kind: 'missingSymbol'; readonly symbol: string; readonly use: 'call' | 'data' }
  | { readonly kind: 'panic' | 'excess'; readonly message: string }
  | { readonly kind: 'memory'; readonly message: string; readonly detail?: string }
  | { readonly kind: 'hang' | 'halted' | 'notAttached' | 'stopped' }
);

/** What rules may know of the kernel around the guest. */
export interface JudgedKernel {
  /** At a shutdown it calls its drivers. */
  readonly shutsDriversDown: boolean;
  /** Each of its drivers keeps a TCLO channel. */
  readonly driversKeepTclo: boolean;
}

/** What judges read of an execution, beside what observers get. The bench implements it. */
export interface ExecutionFacts {
  readonly host: { readonly options: HostOptions };
  readonly guest: { readonly kernel: string; readonly kernelFacts: JudgedKernel };
  /** An address for people. */
  where(address: bigint): string;
  /** A stack frame for people, with its line. */
  frame(frame: ExecutionFrame): string;
}
