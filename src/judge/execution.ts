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
