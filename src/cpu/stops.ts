import {
  type CpuException,
  engineException,
  interruptException,
  interruptLength,
  invalidOpcode,
  MISUSES,
  memoryException,
  misuseException,
} from './cpu-exception.ts';
import { type Bits, decode } from './decode.ts';
import type { GuestMemory } from './guest-memory.ts';
import { PAGE_SIZE } from './memory.ts';
import { STATE, STOP } from './native.ts';

/** What the shared record and memory say of a stop. */
export interface StopFacts {
  readonly bits: Bits;
  readonly memory: GuestMemory;
  /** The shared record, by word and by quad word. */
  readonly words: Uint32Array;
  readonly quads: BigUint64Array;
}

/** The fault that a run ended with at `pc`. @param code a value of {@link STOP} that stands for one. */
export function exceptionOf(facts: StopFacts, code: number, pc: bigint): CpuException {
  const { words, quads } = facts;
  const address = quads[STATE.faultAddress / 8] as bigint;
  const kind = words[STATE.faultKind / 4] as number;
  const size = words[STATE.faultSize / 4] as number;
  if (code === STOP.memoryFault) return memoryException(kind, pc, address, size);
  if (code === STOP.misuse) return misuseException(MISUSES[kind] ?? 'writePoison', pc, address, size);
  if (code === STOP.interrupt) return interrupt(facts, pc);
  if (code === STOP.untranslatable) return untranslatable(facts, pc);
  return code === STOP.invalidInstruction ? invalidOpcode(pc) : engineException(words[STATE.error / 4] as number, pc);
}

/** The engine stands behind INT3, INTO, ICEBP and INT n, and at the instruction for everything else. */
function interrupt({ memory, words }: StopFacts, pc: bigint): CpuException {
  const vector = words[STATE.vector / 4] as number;
  const [first, second] = memory.readUpTo(pc - 2n, 2);
  return interruptException(vector, pc - interruptLength(vector, first, second));
}

/** The engine broke at the block that starts here: at what no decoder knows, if that is in it. */
function untranslatable({ bits, memory }: StopFacts, block: bigint): CpuException {
  const known = decode(bits, memory.readUpTo(block, PAGE_SIZE), block).at(-1);
  const at = known === undefined ? block : known.address + BigInt(known.length);
  return invalidOpcode(memory.isMapped(at, 1) ? at : block);
}

/** VMCALL is 0f 01 c1, VMMCALL 0f 01 d9; null: no hypercall. */
export function hypercallAt(memory: GuestMemory, pc: bigint): 'vmcall' | 'vmmcall' | null {
  const [first, second, third] = memory.readUpTo(pc, 3);
  if (first !== 0x0f || second !== 0x01) return null;
  return third === 0xc1 ? 'vmcall' : third === 0xd9 ? 'vmmcall' : null;
}
