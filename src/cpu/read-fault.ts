import { type Bits, type Decoded, decode, iced } from './decode.ts';
import type { RegisterName } from './registers.ts';

/** What the search needs of the machine at the fault. */
export interface FaultState {
  readonly bits: Bits;
  /** The block being run: its bytes and its address. */
  readonly block: Uint8Array;
  readonly blockAddress: bigint;
  readonly faultAddress: bigint;
  register(name: RegisterName): bigint;
  segmentBase(segment: 'fs' | 'gs'): bigint;
}

/**
 * The instruction whose read faulted. The engine stores the instruction pointer before a write but not before a read,
 * so the block is decoded and the effective addresses compared, with the registers as the fault left them.
 *
 * The first instruction that matches is the one, unless its address registers are written before the last that
 * matches: then it may have read elsewhere, and the next is asked.
 *
 * @param from an instruction of the block that surely ran before, or its first.
 */
export function locateRead(state: FaultState, from: bigint): bigint {
  const list = decode(state.bits, state.block, state.blockAddress)
    .filter(({ address }) => address >= from)
    .map((decoded) => inspect(state, decoded));
  const last = list.findLastIndex(({ sources }) => sources !== null);
  for (const [index, { address, sources }] of list.entries()) {
    if (sources === null) continue;
    const rewritten = list.slice(index, last).some(({ writes }) => sources.some((source) => writes.includes(source)));
    if (index === last || !rewritten) return address;
  }
  return from;
}

interface Inspected {
  readonly address: bigint;
  /** The registers of the address, where this instruction reads at the fault's address; else null. */
  readonly sources: readonly number[] | null;
  readonly writes: readonly number[];
}

function inspect(state: FaultState, { address, instruction }: Decoded): Inspected {
  const { InstructionInfoFactory, OpAccess, Register, RegisterExt } = iced();
  const reads = [OpAccess.Read, OpAccess.CondRead, OpAccess.ReadWrite, OpAccess.ReadCondWrite];
  const changes = [OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite];
  const factory = new InstructionInfoFactory();
  const info = factory.info(instruction);
  factory.free();
  const match = info
    .usedMemory()
    .find((memory) => reads.includes(memory.access) && effectiveAddress(state, memory) === state.faultAddress);
  return {
    address,
    sources:
      match === undefined
        ? null
        : [match.base, match.index].filter((r) => r !== Register.None).map((r) => RegisterExt.fullRegister(r)),
    writes: info
      .usedRegisters()
      .filter(({ access }) => changes.includes(access))
      .map(({ register }) => RegisterExt.fullRegister(register)),
  };
}

interface Memory {
  readonly segment: number;
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: bigint;
}

function effectiveAddress(state: FaultState, memory: Memory): bigint {
  const { Register } = iced();
  const value = (register: number): bigint => {
    if (register === Register.None) return 0n;
    if (register === Register.RIP || register === Register.EIP) return 0n; // the displacement is absolute already
    return registerValue(state, register);
  };
  let base = 0n;
  if (memory.segment === Register.FS) base = state.segmentBase('fs');
  if (memory.segment === Register.GS) base = state.segmentBase('gs');
  const sum = base + value(memory.base) + value(memory.index) * BigInt(memory.scale) + memory.displacement;
  return BigInt.asUintN(state.bits === 64 ? 64 : 32, sum);
}

const NAMES = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ') as RegisterName[];

function registerValue(state: FaultState, register: number): bigint {
  const { Register, RegisterExt } = iced();
  const name = NAMES[RegisterExt.fullRegister(register) - Register.RAX];
  if (name === undefined) return 0n;
  return BigInt.asUintN(RegisterExt.size(register) * 8, state.register(name));
}
