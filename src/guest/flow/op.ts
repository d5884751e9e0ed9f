import { type Bits, iced } from '../../cpu/index.ts';

/** A general register by its number in the instruction set: 0 is (R|E)AX, 4 is the stack pointer. */
export type Gpr = number;

export const AX = 0;
export const CX = 1;
export const DX = 2;
export const BX = 3;
export const SP = 4;
export const BP = 5;
export const SI = 6;
export const DI = 7;

const NAMES = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'] as const;

/** The number of a register by its 32-bit name; null: it is none of the first eight. */
export function gprOf(name: string): Gpr | null {
  const index = NAMES.findIndex((known) => name === `e${known}`);
  return index === -1 ? null : index;
}

/** `RBX`, `EBX`, `R12`. */
export const nameOf = (register: Gpr, bits: Bits): string =>
  register < 8 ? `${bits === 64 ? 'R' : 'E'}${NAMES[register]?.toUpperCase()}` : `R${register}`;

/** A general register as an operand, or as used: its number and how many of its low bits. */
export interface RegisterPart {
  readonly register: Gpr;
  readonly bits: number;
}

export interface MemoryOperand {
  /** Null: none, or one that is no general register. */
  readonly base: Gpr | null;
  readonly indexed: boolean;
  readonly displacement: number;
  readonly bits: number;
}

export type Operand =
  | ({ readonly kind: 'register' } & RegisterPart)
  | ({ readonly kind: 'memory' } & MemoryOperand)
  | { readonly kind: 'immediate'; readonly value: bigint }
  | { readonly kind: 'other' };

export type Flow = 'next' | 'jump' | 'branch' | 'call' | 'return' | 'leaves';

/** One instruction of a function, as far as its flow of values asks. Plain data. Places count from the function's start. */
export interface Op {
  readonly at: number;
  readonly next: number;
  /** `mov`, `push`, as iced-x86 spells it in lower case. */
  readonly name: string;
  readonly flow: Flow;
  /** Of a jump, a branch or a call; null: not known. */
  readonly target: number | null;
  readonly operands: readonly Operand[];
  readonly reads: readonly RegisterPart[];
  readonly writes: readonly RegisterPart[];
  readonly memory: readonly (MemoryOperand & { readonly read: boolean; readonly write: boolean })[];
  /** What it adds to the stack pointer by itself. */
  readonly stackStep: number;
}

type Iced = ReturnType<typeof iced>;
type Instruction = InstanceType<Iced['Instruction']>;

/** The instructions of a function in order; a byte that decodes to nothing ends the list. */
export function opsOf(bits: Bits, code: Uint8Array): Op[] {
  const module = iced();
  const decoder = new module.Decoder(bits, code, module.DecoderOptions.None);
  const factory = new module.InstructionInfoFactory();
  const ops: Op[] = [];
  try {
    while (decoder.canDecode) {
      const instruction = decoder.decode();
      const valid = instruction.code !== module.Code.INVALID;
      if (valid) ops.push(opOf(module, instruction, factory));
      instruction.free();
      if (!valid) break;
    }
  } finally {
    factory.free();
    decoder.free();
  }
  return ops;
}

function opOf(module: Iced, instruction: Instruction, factory: InstanceType<Iced['InstructionInfoFactory']>): Op {
  const info = factory.info(instruction);
  try {
    const at = Number(instruction.ip);
    const used = info.usedRegisters();
    const memory = info.usedMemory();
    const op = {
      at,
      next: at + instruction.length,
      name: module.Mnemonic[instruction.mnemonic]?.toLowerCase() ?? '',
      flow: flowOf(module, instruction),
      target: targetOf(module, instruction),
      operands: Array.from({ length: instruction.opCount }, (_, index) => operandOf(module, instruction, index)),
      reads: used.filter(({ access }) => reads(module, access)).flatMap(({ register }) => partOf(module, register)),
      writes: used.filter(({ access }) => writes(module, access)).flatMap(({ register }) => partOf(module, register)),
      memory: memory.map((place) => ({
        ...memoryOf(module, place.base, place.index, place.displacement, place.memorySize),
        read: reads(module, place.access),
        write: writes(module, place.access),
      })),
      stackStep: instruction.stackPointerIncrement,
    };
    for (const item of [...used, ...memory]) item.free();
    return op;
  } finally {
    info.free();
  }
}

function flowOf({ FlowControl }: Iced, instruction: Instruction): Flow {
  switch (instruction.flowControl) {
    case FlowControl.UnconditionalBranch:
      return 'jump';
    case FlowControl.ConditionalBranch:
      return 'branch';
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return 'call';
    case FlowControl.Return:
      return 'return';
    case FlowControl.IndirectBranch:
    case FlowControl.Exception:
      return 'leaves';
    default:
      return 'next';
  }
}

function targetOf({ FlowControl }: Iced, instruction: Instruction): number | null {
  const direct = [FlowControl.UnconditionalBranch, FlowControl.ConditionalBranch, FlowControl.Call];
  return direct.includes(instruction.flowControl) ? Number(BigInt.asIntN(64, instruction.nearBranchTarget)) : null;
}

const reads = ({ OpAccess }: Iced, access: number): boolean =>
  [OpAccess.Read, OpAccess.CondRead, OpAccess.ReadWrite, OpAccess.ReadCondWrite].includes(access);
const writes = ({ OpAccess }: Iced, access: number): boolean =>
  [OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite].includes(access);

/** A general register; nothing for any other. */
function partOf({ Register, RegisterExt }: Iced, register: number): RegisterPart[] {
  if (!RegisterExt.isGPR(register)) return [];
  const full = RegisterExt.fullRegister(register) - Register.RAX;
  return [{ register: full, bits: RegisterExt.size(register) * 8 }];
}

function operandOf(module: Iced, instruction: Instruction, index: number): Operand {
  const { OpKind } = module;
  const kind = instruction.opKind(index);
  if (kind === OpKind.Register) {
    const [part] = partOf(module, instruction.opRegister(index));
    return part === undefined ? { kind: 'other' } : { kind: 'register', ...part };
  }
  if (kind === OpKind.Memory) {
    const { memoryBase, memoryIndex, memoryDisplacement, memorySize } = instruction;
    return { kind: 'memory', ...memoryOf(module, memoryBase, memoryIndex, memoryDisplacement, memorySize) };
  }
  return kind >= OpKind.Immediate8 && kind <= OpKind.Immediate32to64
    ? { kind: 'immediate', value: BigInt.asIntN(64, instruction.immediate(index)) }
    : { kind: 'other' };
}

function memoryOf(module: Iced, base: number, index: number, displacement: bigint, memorySize: number): MemoryOperand {
  const [part] = partOf(module, base);
  return {
    base: part?.register ?? null,
    indexed: index !== module.Register.None,
    // A displacement of 32-bit code is unsigned.
    displacement: Number(BigInt.asIntN(part?.bits === 32 ? 32 : 64, displacement)),
    bits: module.MemorySizeExt.size(memorySize) * 8,
  };
}
