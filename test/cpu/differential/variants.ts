import type { Form } from './forms.ts';
import { type Code, type CodeBits, Instruction, mnemonicOf, nameOf, OpKind, Register, RegisterExt } from './iced.ts';
import { middle, OPERANDS } from './places.ts';

/** Numbers of the first two register operands. Below 4 and without REX, 4 to 7 name ah, ch, dh and bh in 8 bits. */
const PAIRS: readonly (readonly [number, number])[] = [
  [2, 6],
  [6, 6],
  [0, 7],
  [7, 0],
  [1, 3],
  [3, 1],
  [0, 0],
];
const PAIRS_64: readonly (readonly [number, number])[] = [...PAIRS, [9, 14], [15, 15], [8, 2], [6, 7], [1, 10]];

interface Addressing {
  readonly base?: number;
  readonly index?: number;
  readonly scale?: 1 | 2 | 4 | 8;
  readonly displacement?: number;
  /** Address size; by default the mode's. */
  readonly bits?: CodeBits;
  readonly relative?: boolean;
  /** With a GS prefix. */
  readonly gs?: boolean;
}

const [BX, BP, SI, DI, R12, R13] = [3, 5, 6, 7, 12, 13];

/** How a memory operand is named. The input gives the registers values that make it lie among the operands. */
const ADDRESSINGS: readonly Addressing[] = [
  { base: BX },
  { base: SI, displacement: 0x18 },
  { base: BP, index: DI, scale: 4, displacement: -0x1234 },
  {},
  { index: SI, scale: 8, displacement: 0x1000_0000 },
];
const ADDRESSINGS_64: readonly Addressing[] = [
  ...ADDRESSINGS,
  { base: R13, index: R12, scale: 2, displacement: 0x40 },
  { relative: true },
  { base: BX, displacement: 4, bits: 32 },
  { base: DI, index: R12, displacement: 0x10, gs: true },
];

const IMMEDIATES: Readonly<Record<string, readonly number[]>> = {
  imm8: [0, 1, 2, 3, 4, 5, 6, 7, 8, 0x0f, 0x10, 0x11, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xff],
  imm8_const_1: [1],
  imm8sex16: [0, 1, -1, 0x7f, -0x80, 8],
  imm8sex32: [0, 1, -1, 0x7f, -0x80, 8],
  imm8sex64: [0, 1, -1, 0x7f, -0x80, 8],
  imm16: [0, 1, 0x7fff, 0x8000, 0xffff, 0x1234],
  imm32: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1234_5678],
  imm32sex64: [0, 1, 0x7fff_ffff, -0x8000_0000, -1, 0x1234_5678],
  imm64: [0, 1, -1, 0x1234_5678_9abc],
};
/** ENTER: bytes of the frame, and how many pointers of outer frames it copies. */
const FRAMES: readonly (readonly [number, number])[] = [
  [0, 0],
  [8, 1],
  [16, 2],
  [24, 3],
  [4, 0],
];

const SIZES: Readonly<Record<string, number>> = { r8: 1, r16: 2, r32: 4, r64: 8, xmm: 16 };
const FIRST: Readonly<Record<number, Register>> = {
  2: Register.AX,
  4: Register.EAX,
  8: Register.RAX,
  16: Register.XMM0,
};

/** The register of that number and size; `rex`: the 8-bit ones of 4 to 7 are spl to dil. */
function register(number: number, size: number, rex: boolean): Register {
  if (size !== 1) return (FIRST[size] as Register) + number;
  return Register.AL + number + (number >= 8 || (rex && number >= 4) ? 4 : 0);
}

const FIXED: Readonly<Record<string, Register>> = {
  al: Register.AL,
  ax: Register.AX,
  eax: Register.EAX,
  rax: Register.RAX,
  cl: Register.CL,
};

const IMMEDIATE_KINDS: Readonly<Record<string, OpKind>> = {
  imm8: OpKind.Immediate8,
  imm8_const_1: OpKind.Immediate8,
  imm8sex16: OpKind.Immediate8to16,
  imm8sex32: OpKind.Immediate8to32,
  imm8sex64: OpKind.Immediate8to64,
  imm16: OpKind.Immediate16,
  imm32: OpKind.Immediate32,
  imm32sex64: OpKind.Immediate32to64,
  imm64: OpKind.Immediate64,
};

/** The operands that string instructions have, by mode. */
const STRING_KINDS: Readonly<Record<CodeBits, Readonly<Record<string, OpKind>>>> = {
  32: { es_rDI: OpKind.MemoryESEDI, seg_rSI: OpKind.MemorySegESI },
  64: { es_rDI: OpKind.MemoryESRDI, seg_rSI: OpKind.MemorySegRSI },
};

/** Operands of 16 bytes must be aligned, but for the moves that say so in their name. */
export function mustAlign(code: Code): boolean {
  const name = nameOf(code);
  return /m128/.test(name) && !/^(Movdqu|Movups|Movupd)/.test(name);
}

const general = (number: number, bits: CodeBits): Register => register(number, bits / 8, false);

function setMemory(instruction: Instruction, operand: number, bits: CodeBits, how: Addressing): void {
  const size = how.bits ?? bits;
  instruction.setOpKind(operand, OpKind.Memory);
  if (how.relative === true) {
    instruction.memoryBase = Register.RIP;
    instruction.memoryDisplacement = BigInt(middle(OPERANDS) - 16);
    instruction.memoryDisplSize = 8;
    return;
  }
  if (how.gs === true) instruction.segmentPrefix = Register.GS;
  if (how.base !== undefined) instruction.memoryBase = general(how.base, size);
  if (how.index !== undefined) instruction.memoryIndex = general(how.index, size);
  if (how.scale !== undefined) instruction.memoryIndexScale = how.scale;
  const absolute = how.base === undefined && how.index === undefined;
  const place = middle(OPERANDS) - (mustAlign(instruction.code) ? 16 : 1);
  const displacement = BigInt(absolute ? place : (how.displacement ?? 0));
  instruction.memoryDisplacement = BigInt.asUintN(64, displacement);
  if (absolute) instruction.memoryDisplSize = size / 8;
  else if (displacement !== 0n) instruction.memoryDisplSize = size / 8;
}

function setImmediate(instruction: Instruction, operand: number, kind: string, value: number): void {
  instruction.setOpKind(operand, IMMEDIATE_KINDS[kind] as OpKind);
  if (kind === 'imm32sex64' || kind === 'imm64') instruction.setImmediateI64(operand, BigInt(value));
  else if (kind === 'imm32') instruction.setImmediateU32(operand, value);
  else instruction.setImmediateI32(operand, value);
}

/** The `index`-th way to give a form operands; null: that way does not exist, or its result is undefined. */
function variant(form: Form, index: number): Instruction | null {
  const { bits, kinds } = form;
  const instruction = new Instruction();
  instruction.code = form.code;
  const pairs = bits === 64 ? PAIRS_64 : PAIRS;
  const addressings = bits === 64 ? ADDRESSINGS_64 : ADDRESSINGS;
  const pair = pairs[index % pairs.length] as readonly [number, number];
  const how = addressings[index % addressings.length] as Addressing;
  const frame = FRAMES[index % FRAMES.length] as readonly [number, number];
  let registers = 0;
  for (const [operand, kind] of kinds.entries()) {
    const immediates = IMMEDIATES[kind];
    const string = STRING_KINDS[bits][kind];
    const fixed = FIXED[kind];
    if (nameOf(form.code).startsWith('Enter')) {
      instruction.setOpKind(operand, operand === 0 ? OpKind.Immediate16 : OpKind.Immediate8_2nd);
      if (operand === 0) instruction.immediate16 = frame[0];
      else instruction.immediate8_2nd = frame[1];
    } else if (immediates !== undefined) {
      setImmediate(instruction, operand, kind, immediates[index % immediates.length] as number);
    } else if (string !== undefined) {
      instruction.setOpKind(operand, string);
    } else if (fixed !== undefined) {
      instruction.setOpKind(operand, OpKind.Register);
      instruction.setOpRegister(operand, fixed);
    } else if (kind === 'seg_rBX_al') {
      setMemory(instruction, operand, bits, { base: BX });
      instruction.memoryIndex = Register.AL;
    } else if (kind === 'mem_offs') {
      setMemory(instruction, operand, bits, {});
    } else if (kind === 'mem' || (kind.endsWith('_or_mem') && form.memory)) {
      setMemory(instruction, operand, bits, how);
    } else {
      const size = SIZES[kind.split('_')[0] as string];
      if (size === undefined) throw new Error(`${form.name}: an operand of the kind ${kind}`);
      instruction.setOpKind(operand, OpKind.Register);
      instruction.setOpRegister(operand, register(pair[registers++ % 2] as number, size, index >= PAIRS.length));
    }
  }
  if (form.prefix === 'lock') instruction.hasLockPrefix = true;
  if (form.prefix === 'rep') instruction.hasRepPrefix = true;
  if (form.prefix === 'repne') instruction.hasRepnePrefix = true;
  return isDefined(instruction, form) ? instruction : null;
}

/** Instructions whose register operand says which bit of memory: it must not move the address, too. */
const BIT_TESTS: ReadonlySet<string> = new Set(['Bt', 'Bts', 'Btr', 'Btc']);

function isDefined(instruction: Instruction, form: Form): boolean {
  const mnemonic = mnemonicOf(instruction);
  // The result of a count above the operand's size is undefined.
  if (/^Sh[lr]d_rm16_r16_imm8/.test(nameOf(form.code))) return (instruction.immediate8 & 31) <= 16;
  // Only three bits of a predicate have a meaning.
  if (/^Cmp[ps][sd]_xmm/.test(nameOf(form.code))) return instruction.immediate8 < 8;
  if (!form.memory || !BIT_TESTS.has(mnemonic) || instruction.op1Kind !== OpKind.Register) return true;
  const bit = RegisterExt.fullRegister(instruction.op1Register);
  return [instruction.memoryBase, instruction.memoryIndex].every((r) => RegisterExt.fullRegister(r) !== bit);
}

/** The form with different operands, `most` times at most. */
export function variantsOf(form: Form, most: number): Instruction[] {
  const lists = [form.bits === 64 ? PAIRS_64.length : PAIRS.length];
  for (const kind of form.kinds) if (IMMEDIATES[kind] !== undefined) lists.push(IMMEDIATES[kind].length);
  const all = form.kinds.length === 0 ? 1 : Math.max(...lists);
  const found: Instruction[] = [];
  for (let index = 0; index < all && found.length < most; index++) {
    const made = variant(form, index);
    if (made !== null) found.push(made);
  }
  return found;
}
