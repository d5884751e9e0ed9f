import type { MemoryAccess } from './memory.ts';
import type { StackFrame } from './outcome.ts';

/** What a stack walk needs to know of the stopped guest. */
export interface StackView {
  readonly memory: MemoryAccess;
  readonly wordSize: 4 | 8;
  readonly pc: bigint;
  /** Inside the innermost instruction: not `pc` itself where that is a return address. */
  readonly site: bigint;
  readonly stackPointer: bigint;
  readonly framePointer: bigint;
  /** End of the stack (exclusive). */
  readonly stackTop: bigint;
  /** Start of the function that holds an address of the object's code, null elsewhere. */
  functionStart(address: bigint): bigint | null;
  isCode(address: bigint): boolean;
  frameAt(address: bigint, site: bigint): StackFrame;
}

const FRAME_LIMIT = 32;
/** Words of the stack that are looked at for one return address. */
const SCAN_LIMIT = 512;

/**
 * The call stack, innermost first. Callers are found through the frame pointer while it makes sense; else by looking
 * through the stack for addresses that follow a call instruction, one that calls the function we are in if there is
 * one: old return addresses lie about on every stack.
 */
export function traceStack(view: StackView): StackFrame[] {
  const frames = [view.frameAt(view.pc, view.site)];
  let current = view.pc;
  let stack = view.stackPointer;
  let frame = view.framePointer;
  while (frames.length < FRAME_LIMIT) {
    const next = byFramePointer(view, frame, stack) ?? byScan(view, stack, current);
    if (next === null) break;
    frames.push(view.frameAt(next.returnAddress, next.returnAddress - 1n));
    current = next.returnAddress;
    stack = next.stack;
    frame = next.frame ?? frame;
  }
  return frames;
}

interface Caller {
  readonly returnAddress: bigint;
  /** Stack pointer after the return. */
  readonly stack: bigint;
  /** The caller's frame pointer, where known. */
  readonly frame: bigint | null;
}

function byFramePointer(view: StackView, frame: bigint, stack: bigint): Caller | null {
  const { wordSize } = view;
  const size = BigInt(wordSize);
  if (frame < stack || frame + 2n * size > view.stackTop || frame % size !== 0n) return null;
  const saved = view.memory.readUint(frame, wordSize);
  const returnAddress = view.memory.readUint(frame + size, wordSize);
  const plausible = saved === 0n || (saved > frame && saved < view.stackTop);
  if (!plausible || callBefore(view, returnAddress) === null) return null;
  return { returnAddress, stack: frame + 2n * size, frame: saved };
}

function byScan(view: StackView, stack: bigint, current: bigint): Caller | null {
  const size = BigInt(view.wordSize);
  const here = view.functionStart(current);
  let plausible: Caller | null = null;
  for (let at = stack, words = 0; words < SCAN_LIMIT && at + size <= view.stackTop; at += size, words++) {
    const returnAddress = view.memory.readUint(at, view.wordSize);
    const call = callBefore(view, returnAddress);
    if (call === null) continue;
    const caller = { returnAddress, stack: at + size, frame: null };
    if (call.target !== null && call.target === here) return caller;
    // A call through a register or of something else: right after an indirect call or a tail jump only.
    plausible ??= caller;
  }
  return plausible;
}

/** The call instruction that ends at this address: its target, null where a register or memory has it. */
function callBefore(view: StackView, address: bigint): { readonly target: bigint | null } | null {
  if (!view.isCode(address - 1n) || !view.isCode(address - 7n)) return null;
  const bytes = view.memory.read(address - 7n, 7);
  if (bytes[2] === 0xe8) {
    const displacement = new DataView(bytes.buffer, bytes.byteOffset).getInt32(3, true);
    const target = BigInt.asUintN(view.wordSize * 8, address + BigInt(displacement));
    if (view.isCode(target)) return { target };
  }
  // ff /2 with its ModRM byte: of two (register), three, four, six or seven bytes.
  const lengths = [2, 3, 4, 6, 7];
  const indirect = lengths.some((length) => bytes[7 - length] === 0xff && ((bytes[8 - length] ?? 0) & 0x38) === 0x10);
  return indirect ? { target: null } : null;
}
