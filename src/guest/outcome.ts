import type { CpuException } from '../cpu/index.ts';

/** One entry of a guest's call stack. */
export interface StackFrame {
  readonly address: bigint;
  /** `vmt_tick+0x12`, or the bare address where no symbol is near. */
  readonly text: string;
  readonly function: string | null;
  readonly offset: number;
  /** Inside the instruction that the line is to be told of: a return address lies behind its call. */
  readonly site: bigint;
}

interface Where {
  /** The instruction that it happened at. */
  readonly pc: bigint;
  /** Innermost first, the frame of `pc` included. */
  readonly stack: readonly StackFrame[];
}

/** A misuse of memory: in one line, and what is known of the object. */
export interface MemoryMisuse {
  readonly kind: 'memory';
  readonly message: string;
  readonly detail?: string;
  readonly address: bigint;
}

/** Why a call into the guest did not simply return, as a value: it becomes a finding or the end of the run. */
export type GuestOutcome = Where &
  (
    | { readonly kind: 'fault'; readonly fault: CpuException }
    /** The budget of blocks was used up. */
    | { readonly kind: 'hang' }
    /** The guest called a missing symbol, or read it as data. */
    | { readonly kind: 'missingSymbol'; readonly symbol: string; readonly use: 'call' | 'data' }
    /** The guest gave up by itself: panic, a failed assertion, a smashed stack. */
    | { readonly kind: 'panic'; readonly message: string }
    | Excess
    /** Memory that is not the guest's to touch, or a block freed twice or never allocated. */
    | MemoryMisuse
    /** The guest asked to be shut down. */
    | { readonly kind: 'halted'; readonly how: 'halt' | 'reboot' }
    /** The driver's match function said no: no device of its own was found. No fault by itself. */
    | { readonly kind: 'notAttached'; readonly driver: string }
    /** A port callback called `machine.stop()`. */
    | { readonly kind: 'stopped' }
  );

/** What a stub may report; the runner adds where. */
export type StubOutcome = { readonly kind: 'panic'; readonly message: string } | Excess | MemoryMisuse;

/** The guest made more of something than a run keeps. */
export interface Excess {
  readonly kind: 'excess';
  readonly message: string;
}

/** What a call of a guest function gave. */
export interface CallResult {
  /** null: the function returned. */
  readonly outcome: GuestOutcome | null;
  /** rax or eax. */
  readonly value: bigint;
  /** rax, on i386 edx:eax: for functions with a 64-bit result. */
  readonly wideValue: bigint;
}
