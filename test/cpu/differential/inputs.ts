import type { RegisterName } from '../../../src/cpu/index.ts';
import type { Dice } from '../../support/dice.ts';
import {
  type CodeBits,
  type Instruction,
  isHighByte,
  mnemonicOf,
  nameOf,
  nameOfRegister,
  OpKind,
  REGISTER_NAMES,
  Register,
  RegisterExt,
} from './iced.ts';
import { GS_BASE, middle, OPERANDS, SSE_BEFORE, STACK, type Window } from './places.ts';
import type { Records } from './record.ts';
import { avoidTwoNans, fillSse } from './sse-inputs.ts';
import { COUNTS, edge, fill, fillVector } from './values.ts';
import { mustAlign } from './variants.ts';

const ARITHMETIC = 0x8d5n;
const DIRECTION = 0x400n;
/** Interrupts on and the bit that is always set: what a user program has. */
const USUAL_FLAGS = 0x202n;
export const COMPARED_FLAGS: bigint = ARITHMETIC | DIRECTION;

/** The registers and memory of one case, as its instruction names them. */
export class Input {
  readonly instruction: Instruction;
  readonly mnemonic: string;
  readonly bits: CodeBits;
  readonly dice: Dice;
  readonly #records: Records;
  readonly #record: number;
  /** Where the memory operand lies. */
  target = 0;

  constructor(records: Records, record: number, instruction: Instruction, bits: CodeBits, dice: Dice) {
    this.#records = records;
    this.#record = record;
    this.instruction = instruction;
    this.mnemonic = mnemonicOf(instruction);
    this.bits = bits;
    this.dice = dice;
  }

  get(name: RegisterName): bigint {
    return this.#records.get(this.#record, name);
  }

  /** All of a register, as far as the mode has it. */
  set(name: RegisterName, value: bigint): void {
    this.#records.set(this.#record, name, BigInt.asUintN(this.bits, value));
  }

  window(window: Window): DataView {
    const bytes = this.#records.window(this.#record, window);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The low bytes of a register, or ah, ch, dh, bh. */
  setPart(register: Register, value: bigint): void {
    const name = nameOfRegister(register);
    const shift = isHighByte(register) ? 8n : 0n;
    const mask = ((1n << BigInt(RegisterExt.size(register) * 8)) - 1n) << shift;
    this.set(name, (this.get(name) & ~mask) | ((value << shift) & mask));
  }

  getPart(register: Register): bigint {
    const shift = isHighByte(register) ? 8n : 0n;
    return BigInt.asUintN(RegisterExt.size(register) * 8, this.get(nameOfRegister(register)) >> shift);
  }

  /** A register or memory operand; memory takes 8 bytes of the value. */
  setOperand(operand: number, value: bigint): void {
    if (this.instruction.opKind(operand) === OpKind.Register) this.setPart(this.instruction.opRegister(operand), value);
    else this.window(OPERANDS).setBigUint64(this.target - OPERANDS.address, BigInt.asUintN(64, value), true);
  }

  /** 8 bytes of a memory operand, `offset` behind its start. */
  memory(offset = 0): bigint {
    return this.window(OPERANDS).getBigUint64(this.target - OPERANDS.address + offset, true);
  }
}

/** Addresses around the page boundary, aligned and not. */
const OFFSETS: readonly number[] = [-64, -17, -16, -9, -8, -7, -4, -3, -2, -1, 0, 1, 3, 4, 8, 16, 32, 48];

/** Places a memory operand, and gives the registers of its address values that lead there. */
function placeMemory(input: Input): void {
  const { instruction, dice } = input;
  const { memoryBase: base, memoryIndex: index } = instruction;
  const displacement = BigInt.asIntN(64, instruction.memoryDisplacement);
  if (base === Register.RIP || (base === Register.None && index === Register.None)) {
    input.target = Number(displacement);
    return;
  }
  const offset = dice.pick(OFFSETS);
  input.target = middle(OPERANDS) + (mustAlign(instruction.code) ? offset & ~15 : offset);
  const segment = instruction.segmentPrefix === Register.GS ? BigInt(GS_BASE) : 0n;
  const rest = BigInt(input.target) - displacement - segment;
  if (base === Register.None) {
    // index * scale + displacement: the target moves to where that leads.
    const steps = rest / BigInt(instruction.memoryIndexScale);
    input.target = Number(steps * BigInt(instruction.memoryIndexScale) + displacement);
    setAddress(input, index, steps);
    return;
  }
  const steps = index === Register.None ? 0n : BigInt(dice.below(64)) - 16n;
  if (index !== Register.None) setAddress(input, index, steps);
  setAddress(input, base, rest - steps * BigInt(instruction.memoryIndexScale));
}

/** A register of an address of 32 bits in 64-bit code keeps an upper half that does not count. */
function setAddress(input: Input, register: Register, value: bigint): void {
  const size = RegisterExt.size(register) * 8;
  const upper = size < input.bits ? edge(input.dice) & ~0xffff_ffffn : 0n;
  input.set(nameOfRegister(register), upper | BigInt.asUintN(size, value));
}

/** What some instructions need so that their inputs mean something; by mnemonic. */
const RULES: Readonly<Record<string, (input: Input) => void>> = {
  Div: divide,
  Idiv: divide,
  Cmpxchg: (input) => {
    const { instruction, dice } = input;
    if (dice.below(2) === 0) return;
    const wanted = instruction.op0Kind === OpKind.Register ? input.getPart(instruction.op0Register) : input.memory();
    const size = RegisterExt.size(instruction.op1Register);
    const parts: Readonly<Record<number, Register>> = {
      1: Register.AL,
      2: Register.AX,
      4: Register.EAX,
      8: Register.RAX,
    };
    input.setPart(parts[size] as Register, wanted);
  },
  Cmpxchg8b: (input) => {
    if (input.dice.below(2) === 0) return;
    input.setPart(Register.EAX, input.memory());
    input.setPart(Register.EDX, input.memory() >> 32n);
  },
  Cmpxchg16b: (input) => {
    if (input.dice.below(2) === 0) return;
    input.set('rax', input.memory());
    input.set('rdx', input.memory(8));
  },
  Lea: (input) => {
    // Nothing is read: the address may be anything.
    for (const register of [input.instruction.memoryBase, input.instruction.memoryIndex]) {
      if (register !== Register.None && register !== Register.RIP) input.setPart(register, edge(input.dice));
    }
  },
  Xlatb: (input) => input.set('rbx', BigInt(OPERANDS.address)),
  Mulss: (input) => avoidTwoNans(input, 4),
  Mulsd: (input) => avoidTwoNans(input, 8),
  Divsd: (input) => avoidTwoNans(input, 8),
  Addsd: (input) => avoidTwoNans(input, 8),
  Subsd: (input) => avoidTwoNans(input, 8),
  Bt: bitTest,
  Bts: bitTest,
  Btr: bitTest,
  Btc: bitTest,
  Enter: (input) => input.set('rbp', BigInt(middle(STACK) + 32)),
  Popf: popFlags,
  Popfd: popFlags,
  Popfq: popFlags,
};

/** Half of the dividends fit their divisor. */
function divide(input: Input): void {
  const { instruction, dice } = input;
  const upper = [0n, -1n, 1n, edge(dice)][dice.below(4)] as bigint;
  if (nameOf(instruction.code).endsWith('_rm8')) input.setPart(Register.AH, upper);
  else input.set('rdx', upper);
  if (dice.below(4) === 0) input.setOperand(0, BigInt(1 + dice.below(9)));
}

/** A bit number of a register reaches memory far from the operand: it stays within the window. */
function bitTest(input: Input): void {
  const { instruction, dice } = input;
  if (instruction.op0Kind === OpKind.Register || instruction.op1Kind !== OpKind.Register) return;
  input.setPart(instruction.op1Register, BigInt(dice.below(512) - 256));
}

/** Only arithmetic flags and the direction: what a user program may change. */
function popFlags(input: Input): void {
  const stack = input.window(STACK);
  const at = Number(input.get('rsp')) - STACK.address;
  stack.setBigUint64(at, (edge(input.dice) & COMPARED_FLAGS) | USUAL_FLAGS, true);
}

/** Pointers among the operands, and a count that keeps them there, whatever the direction. */
function placeStrings(input: Input): void {
  const { instruction, dice } = input;
  const place = (): bigint => BigInt(middle(OPERANDS) + dice.pick([-56, -9, -8, -7, -4, -2, -1, 0, 1, 5, 16, 40]));
  input.set('rsi', place());
  input.set('rdi', place());
  if (instruction.hasRepPrefix || instruction.hasRepnePrefix) input.set('rcx', BigInt(dice.pick([0, 1, 2, 3, 5, 8])));
  const bytes = input.window(OPERANDS);
  const letter = bytes.getUint8(dice.below(bytes.byteLength));
  if (dice.below(2) === 0) input.set('rax', BigInt(letter) * 0x0101_0101_0101_0101n);
}

const readsMemory = (instruction: Instruction): boolean =>
  Array.from({ length: instruction.opCount }, (_, operand) => instruction.opKind(operand)).includes(OpKind.Memory);

/** Fills one record with a case for this instruction. */
export function fillInput(input: Input, windows: readonly Window[]): void {
  const { instruction, dice, bits } = input;
  for (const [number, name] of REGISTER_NAMES.entries()) if (number < 8 || bits === 64) input.set(name, edge(dice));
  input.set('rsp', BigInt(middle(STACK)));
  const direction = instruction.isStringInstruction && dice.below(2) === 0 ? DIRECTION : 0n;
  input.set('rflags', (edge(dice) & ARITHMETIC) | direction | USUAL_FLAGS);
  for (const window of windows) {
    const view = input.window(window);
    if (window !== SSE_BEFORE) fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), dice);
  }
  if (windows.includes(SSE_BEFORE)) fillSse(input);
  if (instruction.op1Kind === OpKind.Register && instruction.op1Register === Register.CL) fillCount(input);
  if (instruction.op2Kind === OpKind.Register && instruction.op2Register === Register.CL) fillCount(input);
  if (instruction.isStringInstruction) placeStrings(input);
  else if (readsMemory(instruction)) {
    placeMemory(input);
    if (windows.includes(SSE_BEFORE)) fillVector(input.window(OPERANDS), input.target - OPERANDS.address, dice);
    else input.setOperand(memoryOperand(instruction), edge(dice));
  }
  RULES[input.mnemonic]?.(input);
}

const memoryOperand = (instruction: Instruction): number => (instruction.op0Kind === OpKind.Memory ? 0 : 1);

function fillCount(input: Input): void {
  const is16 = /^Sh[lr]d_rm16/.test(nameOf(input.instruction.code));
  // Above the operand's size all of the result is undefined.
  const counts = is16 ? COUNTS.filter((count) => (count & 31) <= 16) : COUNTS;
  input.setPart(Register.CL, BigInt(input.dice.pick(counts)));
}
